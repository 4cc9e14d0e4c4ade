// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InboxMessage, Withdrawal} from "../types/Bridge.sol";

/// @title Hashes of the messages between L1 and L2, and the addresses of their ends
library Messages {
    /// @notice Address of the outbox on the L2.
    address internal constant OUTBOX = 0x4200000000000000000000000000000000000016;
    /// @notice Address of the token bridge on the L2.
    address internal constant TOKEN_BRIDGE_L2 = 0x4200000000000000000000000000000000000010;

    uint256 private constant INBOX_TAG = 3;
    uint256 private constant WITHDRAWAL_TAG = 4;
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice Hashes message `index` of the inbox.
    function hashMessage(uint256 l1ChainId, uint64 index, InboxMessage memory message)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                INBOX_TAG,
                l1ChainId,
                index,
                message.sender,
                message.target,
                message.mint,
                message.value,
                message.gas,
                keccak256(message.data)
            )
        );
    }

    /// @notice The hash chain of the inbox after one more message; it starts at zero.
    function extendChain(bytes32 inboxHash, bytes32 messageHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(inboxHash, messageHash));
    }

    /// @notice Hashes a message of the outbox.
    function hashWithdrawal(uint256 l2ChainId, Withdrawal memory withdrawal)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                WITHDRAWAL_TAG,
                l2ChainId,
                withdrawal.nonce,
                withdrawal.sender,
                withdrawal.target,
                withdrawal.value,
                withdrawal.gas,
                keccak256(withdrawal.data)
            )
        );
    }

    /// @notice The salt with which the token bridge of the L2 makes the token of a bridge and token on the L1.
    function saltOf(address l1Bridge, address l1Token) internal pure returns (bytes32) {
        return keccak256(abi.encode(l1Bridge, l1Token));
    }

    /// @notice Address of that token on the L2.
    /// @param creationHash keccak of the creation code of `BridgedToken`.
    function tokenAddress(address l1Bridge, address l1Token, bytes32 creationHash)
        internal
        pure
        returns (address)
    {
        bytes32 salt = saltOf(l1Bridge, l1Token);
        bytes32 hash =
            keccak256(abi.encodePacked(bytes1(0xff), TOKEN_BRIDGE_L2, salt, creationHash));
        return address(uint160(uint256(hash)));
    }

    /// @notice The address on the L2 of a contract on the L1, which is nobody else's.
    function aliasOf(address l1Contract) internal pure returns (address) {
        unchecked {
            return address(uint160(l1Contract) + ALIAS_OFFSET);
        }
    }

    /// @notice The contract on the L1 that has this address on the L2.
    function unaliasOf(address l2Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l2Address) - ALIAS_OFFSET);
        }
    }
}
