// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOutbox} from "../interfaces/IOutbox.sol";
import {Messages} from "../libraries/Messages.sol";
import {Withdrawal} from "../types/Bridge.sol";

/// @title The outbox of the L2
/// @dev No constructor and no immutables: the genesis holds its runtime code.
contract Outbox is IOutbox {
    /// @dev A receiver that is a contract needs some; and a message that nobody can deliver would be lost.
    uint64 private constant LEAST_GAS = 30_000;
    /// @dev Together with the largest data, at 64 gas a byte, it fits a transaction of the L1.
    uint64 private constant MOST_GAS = 8_000_000;
    uint256 private constant MOST_DATA_BYTES = 65_536;

    /// @inheritdoc IOutbox
    uint64 public override messageCount;
    /// @inheritdoc IOutbox
    mapping(bytes32 withdrawalHash => uint256) public override sentMessages;

    /// @inheritdoc IOutbox
    function sendMessage(address target, uint64 gas, bytes calldata data)
        external
        payable
        override
        returns (uint64 nonce)
    {
        if (gas < LEAST_GAS || gas > MOST_GAS) {
            revert GasOutOfRange(LEAST_GAS, MOST_GAS, gas);
        }
        if (data.length > MOST_DATA_BYTES) revert DataTooLarge(MOST_DATA_BYTES, data.length);
        nonce = messageCount++;
        Withdrawal memory withdrawal = Withdrawal({
            nonce: nonce, sender: msg.sender, target: target, value: msg.value, gas: gas, data: data
        });
        sentMessages[Messages.hashWithdrawal(block.chainid, withdrawal)] = 1;
        emit MessageSent(nonce, msg.sender, target, msg.value, gas, data);
    }
}
