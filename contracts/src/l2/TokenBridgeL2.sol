// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOutbox} from "../interfaces/IOutbox.sol";
import {IBridgedToken} from "../interfaces/IBridgedToken.sol";
import {ITokenBridgeL2} from "../interfaces/ITokenBridgeL2.sol";
import {ITokenRelease} from "../interfaces/ITokenRelease.sol";
import {Messages} from "../libraries/Messages.sol";
import {BridgedToken} from "./BridgedToken.sol";

/// @title The bridge for ERC-20 tokens on the L2
/// @dev No constructor and no immutables: the genesis holds its runtime code.
contract TokenBridgeL2 is ITokenBridgeL2 {
    /// @dev What a token stands for while it is made.
    struct Making {
        address l1Token;
        uint8 decimals;
        string name;
        string symbol;
    }

    /// @inheritdoc ITokenBridgeL2
    mapping(address token => address l1Bridge) public override l1BridgeOf;
    Making private _making;

    /// @inheritdoc ITokenBridgeL2
    function finalizeDeposit(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        string calldata name,
        string calldata symbol,
        uint8 decimals
    ) external override {
        address l1Bridge = Messages.unaliasOf(msg.sender);
        address token = tokenOf(l1Bridge, l1Token);
        if (token.code.length == 0) {
            l1BridgeOf[token] = l1Bridge;
            _making = Making(l1Token, decimals, name, symbol);
            new BridgedToken{salt: Messages.saltOf(l1Bridge, l1Token)}();
            delete _making;
            emit TokenMade(token, l1Bridge, l1Token);
        }
        emit TokensDeposited(token, from, to, amount);
        IBridgedToken(token).mint(to, amount);
    }

    /// @inheritdoc ITokenBridgeL2
    function withdraw(address token, address to, uint256 amount, uint64 gas)
        external
        override
        returns (uint64 nonce)
    {
        address l1Bridge = l1BridgeOf[token];
        if (l1Bridge == address(0)) revert UnknownToken(token);
        IBridgedToken(token).burn(msg.sender, amount);
        address l1Token = IBridgedToken(token).l1Token();
        bytes memory data =
            abi.encodeCall(ITokenRelease.finalizeWithdrawal, (l1Token, msg.sender, to, amount));
        nonce = IOutbox(Messages.OUTBOX).sendMessage(l1Bridge, gas, data);
        emit TokensWithdrawn(token, msg.sender, to, amount, nonce);
    }

    /// @inheritdoc ITokenBridgeL2
    function tokenInMaking()
        external
        view
        override
        returns (address, string memory, string memory, uint8)
    {
        return (_making.l1Token, _making.name, _making.symbol, _making.decimals);
    }

    /// @inheritdoc ITokenBridgeL2
    function tokenOf(address l1Bridge, address l1Token) public pure override returns (address) {
        bytes32 creationHash = keccak256(type(BridgedToken).creationCode);
        return Messages.tokenAddress(l1Bridge, l1Token, creationHash);
    }
}
