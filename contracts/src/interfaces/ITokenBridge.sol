// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITokenRelease} from "./ITokenRelease.sol";
import {AccountProof, InboxMessage} from "../types/Bridge.sol";
import {StemProof} from "../types/Verkle.sol";

/// @title The L1 end of the bridge for ERC-20 tokens
/// @notice Keeps deposited tokens. What counts is by how much its balance changed, whatever a token says of itself.
interface ITokenBridge is ITokenRelease {
    /// @notice Tokens were deposited by message `index` of the inbox.
    event TokensDeposited(
        address indexed token,
        address indexed from,
        address indexed to,
        uint256 amount,
        uint64 index
    );
    /// @notice Tokens that left the L2 were released.
    event TokensReleased(
        address indexed token, address indexed from, address indexed to, uint256 amount
    );
    /// @notice An account's balance on the L2 was released by the escape.
    event TokensEscaped(
        address indexed token, address indexed account, address indexed receiver, uint256 amount
    );
    /// @notice Tokens of a deposit that no packet consumed went back.
    event DepositReturned(uint64 indexed index, address indexed token, uint256 amount);

    /// @notice Nobody may receive tokens at the zero address.
    error NoReceiver();
    /// @notice The token moved other than it was told to.
    error WrongTransfer(address token, uint256 expected, uint256 found);
    /// @notice The token refused to move.
    error TransferFailed(address token);
    /// @notice Fewer tokens of this kind are kept.
    error MoreThanKept(uint256 kept, uint256 amount);
    /// @notice Tokens are moving, and no call that moves more is taken until that is done.
    error TransferInProgress();
    /// @notice The sent ETH does not cover the message's gas.
    error PaymentTooLow(uint256 required, uint256 sent);
    /// @notice The rest of the sent ETH could not be given back.
    error RefundFailed();
    /// @notice The call is no message of the token bridge of the L2.
    error NotTokenBridgeL2(address caller, address l2Sender);
    /// @notice The escape is not open.
    error EscapeNotOpen();
    /// @notice The message is no deposit of tokens.
    error NotADeposit(uint64 index);
    /// @notice The message was consumed.
    error MessageConsumed(uint64 index);

    /// @notice Deposits approved tokens of the sender; the rest of the sent ETH after the message's gas comes back.
    /// @param to Who gets the tokens on the L2.
    /// @return index Place of the message in the inbox.
    function deposit(address token, uint256 amount, address to)
        external
        payable
        returns (uint64 index);

    /// @notice Escape: releases a balance on the L2; `ExitProofs` says to whom.
    /// @param token The token here.
    /// @param amount The balance there.
    /// @param account Proof of the account.
    /// @param proof Proof of the balance's slot.
    function escapeTokens(
        address token,
        uint256 amount,
        AccountProof calldata account,
        StemProof calldata proof
    ) external;

    /// @notice Escape: gives back the tokens of a deposit that no packet consumed.
    function escapeDeposit(uint64 index, InboxMessage calldata message) external;

    /// @notice Tokens that are kept here, by token.
    function keptOf(address token) external view returns (uint256);

    /// @notice What a deposit of a token costs in this block, wei.
    function depositPrice(address token) external view returns (uint256);

    /// @notice Address on the L2 of a token.
    function l2TokenOf(address token) external view returns (address);
}
