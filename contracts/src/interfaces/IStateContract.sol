// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICharges} from "./ICharges.sol";
import {ICommits} from "./ICommits.sol";
import {IExits} from "./IExits.sol";
import {IInbox} from "./IInbox.sol";
import {IManagementContract} from "./IManagementContract.sol";
import {
    Charge,
    FeeAccount,
    Head,
    Payout,
    PayoutPart,
    PayoutRecord,
    Tip,
    Turn
} from "../types/Commit.sol";
import {Genesis} from "../types/Genesis.sol";

/// @title The committed chain, its state root and its fees
/// @notice Accepts packets that a quorum of their committee and their producer signed, in their order.
interface IStateContract is IExits {
    /// @notice A packet was committed and its post-state root set.
    /// @dev With the members of the group it makes the `PayoutPart`.
    /// @param number Number of the packet.
    /// @param digest Digest of its header.
    /// @param stateRoot Its post-state root.
    /// @param withdrawalsRoot Root of its messages from L2 to L1.
    /// @param terms uint64 epoch ‖ uint8 rung ‖ uint32 submitter ‖ uint96 share, in the low 200 bits.
    /// @param signers Who signed, as in `Quorum`.
    event StateRootCommitted(
        uint64 indexed number,
        bytes32 indexed digest,
        bytes32 stateRoot,
        bytes32 withdrawalsRoot,
        uint256 terms,
        uint256[] signers
    );
    /// @notice A producer was charged for a packet that was not committed.
    /// @dev `signers`, `share`, `submitter` and the members of the group make the `PayoutPart`.
    event PacketCharged(
        address indexed producer,
        uint64 indexed number,
        bytes32 indexed digest,
        uint8 status,
        uint64 epoch,
        uint8 rung,
        uint256[] signers,
        uint96 share,
        uint32 submitter
    );
    /// @notice The payout of the `count` packets from `number` on, committed or charged for, is in a ring slot.
    event PayoutKept(
        uint256 indexed slot,
        address indexed producer,
        uint64 number,
        uint256 count,
        address submitter,
        uint96 refund
    );
    /// @notice The chain was reset to before packet `number`, which is invalid: to the parent with this digest and root.
    event StateReset(uint64 indexed number, bytes32 indexed parentDigest, bytes32 stateRoot);
    /// @notice The escape is open: packet `number` was the last, and everybody exits by its state root.
    event EscapeOpened(uint64 indexed number, bytes32 stateRoot);
    /// @notice A producer was suspended in `epoch` for the views after `viewNumber`.
    event ProducerSuspended(address indexed producer, uint64 indexed epoch, uint64 viewNumber);
    /// @notice Fees were deposited into a producer's account.
    event FeesDeposited(address indexed producer, uint256 amount, uint256 balance);
    /// @notice A producer asked to withdraw `amount` of its account.
    event FeeWithdrawalRequested(address indexed producer, uint256 amount, uint64 withdrawalBlock);
    /// @notice A producer withdrew `amount` of its account.
    event FeesWithdrawn(address indexed producer, uint256 amount);
    /// @notice A signer's part of packet `index` of the turn in `slot` was credited to its operator.
    event RewardClaimed(
        uint256 indexed slot,
        uint32 indexed position,
        address indexed operator,
        uint256 index,
        uint256 share
    );
    /// @notice The submitter's share of packet `index` of the turn in `slot` was credited to its seat's operator.
    event SubmitterShareClaimed(
        uint256 indexed slot,
        uint32 indexed position,
        address indexed operator,
        uint256 index,
        uint256 amount
    );
    /// @notice The refund of the turn in `slot` was credited to who sent the transaction.
    event RefundClaimed(uint256 indexed slot, address indexed submitter, uint256 refund);
    /// @notice Credited rewards were paid out.
    event RewardsWithdrawn(address indexed operator, uint256 amount);

    /// @notice A parameter of the network is outside its range, or the contracts have different ones.
    error InvalidConfig(string parameter);
    /// @notice There is no turn, or one has no packet.
    error NoPackets();
    /// @notice The number does not follow the last committed one.
    error WrongNumber(uint64 expected, uint64 found);
    /// @notice What the sender shows of the last packet does not have the hash that is kept.
    error WrongTip(bytes32 expected);
    /// @notice The packet was judged invalid, and a reset took it away.
    error PacketIsInvalid(bytes32 digest);
    /// @notice The escape is open: nothing is committed or reset any more.
    error EscapeIsOpen();
    /// @notice The escape opens only after the silence, at `dueTime`.
    error EscapeNotDue(uint256 dueTime);
    /// @notice The escape does not open while an appeal may still reset the chain.
    error AppealIsOpen();
    /// @notice The timestamp is before the parent's.
    error TimestampBeforeParent(uint64 parent, uint64 found);
    /// @notice The timestamp is after this block's.
    error TimestampInFuture(uint256 now_, uint64 found);
    /// @notice The gas used is above the gas limit.
    error GasUsedAboveLimit(uint64 limit, uint64 found);
    /// @notice The L1 anchor is before the parent's.
    error AnchorBeforeParent(uint64 parent, uint64 found);
    /// @notice The L1 anchor is not deep enough.
    error AnchorTooShallow(uint64 least, uint256 depth);
    /// @notice The L1 anchor is too old: the packet is dead.
    error AnchorTooOld(uint64 most, uint256 age);
    /// @notice The packets of a turn are in different epochs.
    error WrongEpoch(uint64 expected, uint64 found);
    /// @notice There is no inbox whose messages could be consumed.
    error NoInbox(uint64 count);
    /// @notice A data anchor has no blobs, or another packet has some.
    error WrongBlobCount(uint64 number, uint64 found);
    /// @notice The last packet is no data anchor, so that its payload is nowhere.
    error DataMissing(uint64 number);
    /// @notice The payload is larger than configured, or there is one in blob mode.
    error PayloadTooLarge(uint64 most, uint256 size);
    /// @notice The payload does not have the hash in the header.
    error PayloadHashMismatch(bytes32 expected, bytes32 found);
    /// @notice The payload's transactions do not have the root in the header.
    error TransactionsRootMismatch(bytes32 expected, bytes32 found);
    /// @notice The producer's key and interval are not in the epoch's schedule.
    error ProducerNotInSchedule(address producer);
    /// @notice The view is another producer's turn.
    error ProducerNotScheduled(uint64 viewNumber, address producer);
    /// @notice The producer is suspended in this epoch.
    error ProducerIsSuspended(address producer, uint64 epoch);
    /// @notice The rung does not exist in this network.
    error NoSuchRung(uint8 rung);
    /// @notice The rung opens only when the packet has the age `least`.
    error RungNotOpen(uint8 rung, uint256 least, uint256 age);
    /// @notice The committee is not the one of this packet and rung, or not opened.
    error WrongCommittee(uint64 epoch, uint32 committee);
    /// @notice The bitmap has not one bit a member.
    error MalformedBitmap();
    /// @notice The signers are no quorum.
    error NoQuorum(uint256 required, uint256 signers);
    /// @notice The known signer set is not the committee's last one.
    error UnknownSignerSet();
    /// @notice The seat at the position was ejected and counts as absent.
    error SignerIsEjected(uint256 position);
    /// @notice There are more or fewer keys than the signer sets differ by.
    error WrongKeyCount(uint256 expected, uint256 found);
    /// @notice The key is not that of the member.
    error WrongKey(uint32 id);
    /// @notice The aggregate signature does not verify.
    error InvalidSignature();
    /// @notice Only the contract of the charges may call.
    error NotCharges(address sender);
    /// @notice The record is not the one in the slot.
    error WrongRecord(uint256 slot);
    /// @notice The member at the position has nothing to claim.
    error NothingToClaim(uint32 position);
    /// @notice The amount is more than the account has, or zero.
    error InvalidAmount(uint256 amount, uint256 available);
    /// @notice The withdrawal is locked until `withdrawalBlock`.
    error WithdrawalLocked(uint64 withdrawalBlock);
    /// @notice The transfer of ETH failed.
    error TransferFailed();

    /// @notice Commits consecutive packets; turns that are committed already are skipped.
    /// @param firstNumber Number of the first packet.
    /// @param turns The packets by turns; the sender may cut a producer's packets into several.
    function commit(uint64 firstNumber, Turn[] calldata turns) external;

    /// @notice Pays a charge out of its producer's account, and suspends the producer if the status is 0.
    /// @dev Called by `charges()`, which has checked it.
    function payCharge(Charge calldata charge) external;

    /// @notice Opens the escape, for good, once nothing was committed for long enough and no appeal is open.
    /// @param tip The last packet.
    function openEscape(Tip calldata tip) external;

    /// @notice Resets the chain to before a committed packet that the fault contract knows is invalid.
    /// @param headerWords Header of the packet.
    /// @param parentWords Header of its parent; empty if that is the genesis.
    /// @param proof Shows that the packet is committed.
    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata proof)
        external;

    /// @notice Adds the sent ETH to a producer's fee account.
    function deposit(address producer) external payable;

    /// @notice Asks to withdraw from the sender's fee account, replacing an earlier request.
    function requestWithdrawal(uint88 amount) external;

    /// @notice Pays the requested withdrawal, or what is left of it, when its delay is over.
    function withdrawFees() external;

    /// @notice Credits a turn's refund, the submitter's share of one of its packets and shares of that packet's signers.
    /// @param slot Ring slot of the payout.
    /// @param record What the slot keeps the hash of.
    /// @param index Place of the packet in the turn.
    /// @param part The packet's part.
    /// @param positions Positions of signers that have not claimed.
    function claim(
        uint256 slot,
        PayoutRecord calldata record,
        uint256 index,
        PayoutPart calldata part,
        uint32[] calldata positions
    ) external;

    /// @notice Pays the sender's credited rewards and refunds.
    function withdrawRewards() external;

    /// @notice The Management Contract.
    function management() external view returns (IManagementContract);

    /// @notice The inbox; zero in a network without a bridge.
    function inbox() external view returns (IInbox);

    /// @notice The genesis.
    function genesis() external view returns (Genesis memory);

    /// @notice keccak of the ABI-encoded `Genesis`; parent hash of the first packet.
    function genesisHash() external view returns (bytes32);

    /// @notice Domain of every digest of this network.
    function domain() external view returns (bytes32);

    /// @notice keccak of the ABI-encoded `Config`.
    function configHash() external view returns (bytes32);

    /// @notice Shows committed packets, and how far they are final.
    function commits() external view returns (ICommits);

    /// @notice Charges producers for packets that are not committed.
    function charges() external view returns (ICharges);

    /// @notice The last committed packet. Its digest and state root are in the event of its commit.
    function head() external view returns (Head memory);

    /// @notice A ring slot: the count of the turns before it, modulo 8192; from 8192 on those of charges.
    function payoutAt(uint256 slot) external view returns (Payout memory);

    /// @notice A producer's fee account.
    function feeAccount(address producer) external view returns (FeeAccount memory);

    /// @notice Part of a producer's fee account that covers further packets, wei.
    function feeCover(address producer) external view returns (uint256);

    /// @notice View of the packet that a producer was suspended for last; its later views of that epoch are suspended.
    function suspendedView(address producer) external view returns (uint64);

    /// @notice Credited and not withdrawn, wei.
    function rewardsOf(address operator) external view returns (uint256);

    /// @notice Signer set of a committee's last commit in a kept epoch: the first 26 bytes of keccak of
    /// the ABI-encoded (epoch hash, committee, hash of its members, bitmap, key).
    function knownSignerSet(uint64 epoch, uint32 committee) external view returns (bytes26);

    /// @notice Whether a committee of an epoch let its last packet to a higher rung, so that T1 is 0 for its packets.
    function isLagging(uint64 epoch, uint32 committee) external view returns (bool);
}
