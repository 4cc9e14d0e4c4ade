// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridgeFund} from "./IBridgeFund.sol";
import {
    AccountProof,
    FastPayout,
    InboxMessage,
    MessageProof,
    Withdrawal
} from "../types/Bridge.sol";
import {WithdrawalsProof} from "../types/Commit.sol";
import {StemProof} from "../types/Verkle.sol";

/// @title The ETH of the L2, and the doors by which it leaves
/// @notice What is paid out was deposited before, and each message, account and refund is paid once, by whichever door.
/// A payment that its receiver refuses changes nothing and can be tried again.
interface IBridge is IBridgeFund {
    /// @notice ETH was created on the L2.
    event Deposited(uint256 amount, uint256 owed);
    /// @notice A message of the outbox was paid and its target called.
    event WithdrawalPaid(uint64 indexed nonce, address indexed target, uint256 value);
    /// @notice That payment went through the fast door, and its `FastPayout` is kept in `slot`.
    event FastPayoutKept(
        uint256 indexed slot, uint64 indexed nonce, uint64 number, bytes32 digest, uint256 amount
    );
    /// @notice The packet of a fast payout was reset: its nonce is free, and the bridge lacks what was paid.
    event PayoutReclaimed(uint64 indexed nonce, uint64 number, bytes32 digest, uint256 amount);
    /// @notice The exits are by the last state root, after the messages that it consumed.
    event EscapeStarted(bytes32 stateRoot, uint64 inboxCount);
    /// @notice An account's balance was paid by the escape.
    event AccountEscaped(address indexed account, uint256 amount);
    /// @notice What a message that no packet consumed would have created was paid back by the escape.
    event MessageRefunded(uint64 indexed index, address indexed sender, uint256 amount);
    /// @notice What the bridge lacked, or more, was put in.
    event Refilled(address indexed from, uint256 amount);

    /// @notice A parameter of the network is outside its range.
    error InvalidConfig(string parameter);
    /// @notice Only the inbox deposits.
    error NotInbox(address caller);
    /// @notice The bridge is paying, and takes no call that pays until that is done.
    error PaymentInProgress();
    /// @notice There is nothing to pay.
    error NothingToPay();
    /// @notice The amount is more than all that is owed.
    error MoreThanOwed(uint256 owed, uint256 amount);
    /// @notice The target may not be called by the bridge.
    error ForbiddenTarget(address target);
    /// @notice The transaction has too little gas left for the call.
    error TooLittleGas(uint256 required, uint256 left);
    /// @notice The target refused; the payment can be tried again.
    error CallFailed(address target);

    /// @notice The message is not under the packet's root.
    error MessageNotInPacket(uint64 number);
    /// @notice The packet is not final.
    error PacketNotFinal(uint64 number);
    /// @notice The header is not that of the committed packet.
    error WrongPacket(bytes32 expected, bytes32 found);

    /// @notice The fast door is for payments without data.
    error OnlyPlainPayments();
    /// @notice An appeal is open.
    error AppealIsOpen(uint64 number);
    /// @notice The fast payouts of the appeal window would be more than their cap; both in gwei.
    error FastDoorCapReached(uint256 cap, uint256 asked);
    /// @notice The slot keeps a payout that may yet be reclaimed, until `freeBlock`.
    error SlotInUse(uint256 slot, uint64 freeBlock);
    /// @notice The slot does not keep this payout.
    error WrongPayout(uint256 slot);
    /// @notice The packet of the payout is committed.
    error PacketIsCommitted(uint64 number, bytes32 digest);

    /// @notice The escape is not open.
    error EscapeNotOpen();
    /// @notice The message was consumed.
    error MessageConsumed(uint64 index);

    /// @notice Takes the ETH of a message; of it, `mint` is created on the L2, and the rest is a reserve that nobody is
    /// owed.
    function deposit(uint256 mint) external payable;

    /// @notice Pays a plain payment of a committed packet at once, under one cap for all.
    /// @param slot Where the payout's hash is kept: any slot that is free (`fastSlotFreeFrom`).
    function withdrawFast(Withdrawal calldata withdrawal, MessageProof calldata proof, uint256 slot)
        external;

    /// @notice Pays a message of a final packet and calls its target.
    function withdraw(Withdrawal calldata withdrawal, MessageProof calldata proof) external;

    /// @notice Pays a message that is in the state after a final packet, however old the message is.
    /// @param headerWords Header of the packet.
    /// @param packet Shows that it is committed.
    /// @param proof Proof of the outbox's slot of the message under the packet's post-state root.
    function withdrawByState(
        Withdrawal calldata withdrawal,
        bytes calldata headerWords,
        WithdrawalsProof calldata packet,
        StemProof calldata proof
    ) external;

    /// @notice Takes back the nonce of a fast payout whose packet was reset.
    /// @param packet Shows what packet has that number now; ignored if none has.
    function reclaim(uint256 slot, FastPayout calldata payout, WithdrawalsProof calldata packet)
        external;

    /// @notice Escape: pays an account its balance in the last state; `ExitProofs` says to whom.
    function escapeAccount(AccountProof calldata account) external;

    /// @notice Escape: pays a message of the outbox that is in the last state.
    function escapeWithdrawal(Withdrawal calldata withdrawal, StemProof calldata proof) external;

    /// @notice Escape: pays back what a message to the L2 would have created that no packet consumed.
    function escapeMessage(uint64 index, InboxMessage calldata message) external;

    /// @notice Sender on the L2 of the message whose target is being called; zero at any other time.
    function l2Sender() external view returns (address);

    /// @notice What was deposited and not paid, wei: no less than the ETH of the L2 is.
    function owed() external view returns (uint256);

    /// @notice Whether a message of the outbox was paid.
    function isPaid(uint64 nonce) external view returns (bool);

    /// @notice What fast payouts of this and the last window may still reach, gwei.
    function fastDoorRoom() external view returns (uint256);

    /// @notice L1 block from which a slot takes another fast payout.
    function fastSlotFreeFrom(uint256 slot) external view returns (uint64);

    /// @notice The state root of the escape and the messages that it consumed; zero before the escape is open.
    function escapeState() external view returns (bytes32 stateRoot, uint64 inboxCount);
}
