// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInbox} from "./IInbox.sol";
import {InboxMessage} from "../types/Bridge.sol";
import {WithdrawalsProof} from "../types/Commit.sol";

/// @title Messages from L1 to L2: deposits and forced calls
/// @notice A message buys its L2 gas here. Packets consume messages in order, and one that leaves out what is due
/// cannot be committed.
interface IMessageInbox is IInbox {
    /// @notice A message was queued, with its place and what `InboxMessage` has.
    event MessageQueued(
        uint64 indexed index,
        address indexed sender,
        address indexed target,
        uint256 mint,
        uint256 value,
        uint64 gas,
        bytes data
    );
    /// @notice The first `count` messages are consumed for good; their places in the ring are free.
    event MessagesReleased(uint64 count);

    /// @notice A parameter of the network is outside its range.
    error InvalidConfig(string parameter);
    /// @notice The gas is below the data's floor or above what a message may have.
    error GasOutOfRange(uint64 least, uint64 most, uint64 found);
    /// @notice The sent ETH does not cover the gas and what is to be minted at least.
    error PaymentTooLow(uint256 required, uint256 sent);
    /// @notice The messages of this block have no more gas to buy.
    error BlockIsFull(uint64 most, uint256 asked);
    /// @notice Messages that are not consumed for good take all places; `release` frees some.
    error InboxIsFull(uint64 released, uint64 count);
    /// @notice The escape is open: no packet will consume a message any more.
    error NetworkHasStopped();

    /// @notice A packet consumes no fewer messages than its parent, and none that was not sent.
    error WrongInboxCount(uint64 least, uint64 most, uint64 found);
    /// @notice The message was sent after the packet's anchor.
    error MessageAfterAnchor(uint64 index, uint64 sentBlock, uint64 l1Number);
    /// @notice The packet's messages have more gas than they may.
    error MessageGasAboveLimit(uint64 limit, uint256 found);
    /// @notice The packet leaves out a message that is due and that there is gas for.
    error MessageIsDue(uint64 index);

    /// @notice The header is not that of the committed packet.
    error WrongPacket(bytes32 expected, bytes32 found);
    /// @notice The packet is not final, or releases nothing.
    error NothingToRelease(uint64 number);
    /// @notice The message is not what was sent with this index, or is not kept any more.
    error WrongMessage(uint64 index);

    /// @notice Queues a message of the sender; the L2 knows a contract by its alias.
    /// @dev What is sent beyond the price of the gas is created on the L2 for the sender, whatever becomes of the call.
    /// @param target Who is called on the L2.
    /// @param value ETH that the call sends, out of the sender's funds on the L2, wei.
    /// @param gas Gas of the call.
    /// @param data What the target is called with.
    /// @param leastMint What must be created at least, wei; else the price has risen, and nothing is done.
    /// @return index Place of the message.
    function sendMessage(
        address target,
        uint256 value,
        uint64 gas,
        bytes calldata data,
        uint256 leastMint
    ) external payable returns (uint64 index);

    /// @notice Frees the places of the messages that a final packet and those before it consumed.
    /// @param headerWords Header of the packet.
    /// @param proof Shows that it is committed.
    function release(bytes calldata headerWords, WithdrawalsProof calldata proof) external;

    /// @notice Price of a message's gas in this block, wei a gas.
    function gasPrice() external view returns (uint64);

    /// @notice Messages sent so far.
    function messageCount() external view returns (uint64);

    /// @notice Messages whose places are free.
    function releasedCount() external view returns (uint64);

    /// @notice Least gas of a message with this data: what its calldata costs a transaction at least.
    function leastGasOf(bytes calldata data) external pure returns (uint64);

    /// @notice L1 block of a kept message, and the gas of all messages up to and with it.
    function sentAt(uint64 index) external view returns (uint64 l1Number, uint64 gasSum);

    /// @notice Who sent a kept message on the L1; reverts if the message is another one.
    function senderOf(uint64 index, InboxMessage calldata message) external view returns (address);
}
