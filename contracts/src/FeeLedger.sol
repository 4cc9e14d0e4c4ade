// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {FeeAccount, Payout, PayoutRecord} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";

/// @title Fee accounts of producers, payouts of packets and rewards of operators
/// @notice The ETH of the contract is the sum of the accounts' balances, of what is unclaimed and of the rewards.
abstract contract FeeLedger is IStateContract {
    using Bitmaps for uint256[];

    /// @dev What a packet costs its producer, wei, before its account is looked at.
    struct Fees {
        /// Refund of the submitter's gas.
        uint256 refund;
        /// Endorsing pot.
        uint256 pot;
        /// Submitter's part of the pot.
        uint256 submitterShareBps;
        /// Signers among whom the rest is split.
        uint256 signers;
    }

    /// @dev Payouts of commits that are kept; slots from here on are those of charges.
    uint256 internal constant COMMIT_SLOTS = 8192;
    uint256 private constant CHARGE_SLOTS = 256;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc IStateContract
    IManagementContract public immutable override management;
    uint256 internal immutable COMMITTEE_SIZE;
    uint64 private immutable FEE_WITHDRAWAL_DELAY;

    uint256 private _chargeCount;
    mapping(address producer => FeeAccount account) private _accounts;
    mapping(uint256 slot => Payout payout) private _payouts;
    /// @inheritdoc IStateContract
    mapping(address operator => uint256 amount) public override rewardsOf;

    constructor(Config memory config, IManagementContract management_) {
        if (config.submitterShareBps > BASIS_POINTS) revert InvalidConfig("submitterShareBps");
        management = management_;
        COMMITTEE_SIZE = config.committeeSize;
        FEE_WITHDRAWAL_DELAY = config.feeWithdrawalDelay;
    }

    /// @inheritdoc IStateContract
    function deposit(address producer) external payable override {
        FeeAccount storage account = _accounts[producer];
        uint96 balance = Narrow.toUint96(account.balance + msg.value);
        account.balance = balance;
        emit FeesDeposited(producer, msg.value, balance);
    }

    /// @inheritdoc IStateContract
    function requestWithdrawal(uint96 amount) external override {
        FeeAccount storage account = _accounts[msg.sender];
        if (amount == 0 || amount > account.balance) revert InvalidAmount(amount, account.balance);
        uint64 withdrawalBlock = Narrow.toUint64(block.number + FEE_WITHDRAWAL_DELAY);
        account.withdrawing = amount;
        account.withdrawalBlock = withdrawalBlock;
        emit FeeWithdrawalRequested(msg.sender, amount, withdrawalBlock);
    }

    /// @inheritdoc IStateContract
    function withdrawFees() external override {
        FeeAccount storage account = _accounts[msg.sender];
        if (block.number < account.withdrawalBlock) {
            revert WithdrawalLocked(account.withdrawalBlock);
        }
        uint96 amount = _min(account.withdrawing, account.balance);
        if (amount == 0) revert InvalidAmount(0, account.balance);
        account.balance -= amount;
        account.withdrawing = 0;
        emit FeesWithdrawn(msg.sender, amount);
        _send(msg.sender, amount);
    }

    /// @inheritdoc IStateContract
    function claim(uint256 slot, PayoutRecord calldata record, uint32[] calldata positions)
        external
        override
    {
        Payout storage payout = _payouts[slot];
        _requireRecord(slot, record);
        uint256[] memory signers = record.signers;
        uint256[] memory claimed = record.claimed;
        for (uint256 i = 0; i < positions.length; ++i) {
            uint32 position = positions[i];
            if (!signers.contains(position) || claimed.contains(position)) {
                revert NothingToClaim(position);
            }
            claimed.insert(position);
            address operator = management.operatorOf(_memberAt(record.members, position));
            rewardsOf[operator] += record.share;
            emit RewardClaimed(slot, position, operator, record.share);
        }
        payout.recordHash = Payouts.hashRecord(
            record.digest, Payouts.hashGroup(record.members), signers, claimed, record.share
        );
        payout.unclaimed -= Narrow.toUint96(record.share * positions.length);
    }

    /// @inheritdoc IStateContract
    function withdrawRewards() external override {
        uint256 amount = rewardsOf[msg.sender];
        if (amount == 0) revert InvalidAmount(0, 0);
        rewardsOf[msg.sender] = 0;
        emit RewardsWithdrawn(msg.sender, amount);
        _send(msg.sender, amount);
    }

    /// @inheritdoc IStateContract
    function payoutAt(uint256 slot) external view override returns (Payout memory) {
        return _payouts[slot];
    }

    /// @inheritdoc IStateContract
    function feeAccount(address producer) external view override returns (FeeAccount memory) {
        return _accounts[producer];
    }

    /// @inheritdoc IStateContract
    function feeCover(address producer) external view override returns (uint256) {
        FeeAccount storage account = _accounts[producer];
        return account.balance - _min(account.withdrawing, account.balance);
    }

    /// @dev Pays a packet's fees out of its producer's account, as far as that goes: the refund first, then the pot.
    /// What nobody claimed of the payout that had the slot goes back to who paid it.
    /// @return share Part of each signer, wei.
    /// @return submitterShare Part of the submitter, wei.
    /// @return refund Refund of the submitter, wei.
    function _pay(uint256 slot, address producer, Fees memory fees)
        internal
        returns (uint96 share, uint256 submitterShare, uint256 refund)
    {
        Payout storage payout = _payouts[slot];
        if (payout.unclaimed != 0) _accounts[payout.producer].balance += payout.unclaimed;

        uint256 balance = _accounts[producer].balance;
        refund = fees.refund < balance ? fees.refund : balance;
        balance -= refund;
        uint256 pot = fees.pot < balance ? fees.pot : balance;
        submitterShare = pot * fees.submitterShareBps / BASIS_POINTS;
        share = Narrow.toUint96((pot - submitterShare) / fees.signers);
        uint96 forSigners = Narrow.toUint96(share * fees.signers);

        _accounts[producer].balance = Narrow.toUint96(balance - submitterShare - forSigners);
        payout.producer = producer;
        payout.unclaimed = forSigners;
        if (refund + submitterShare != 0) rewardsOf[msg.sender] += refund + submitterShare;
    }

    /// @dev The ring slot of the next charge.
    function _takeChargeSlot() internal returns (uint256) {
        return COMMIT_SLOTS + _chargeCount++ % CHARGE_SLOTS;
    }

    /// @dev Keeps the hash of a payout's record, with this block as the commit's.
    function _keepRecord(uint256 slot, bytes28 recordHash) internal {
        _payouts[slot].recordHash = recordHash;
        _payouts[slot].l1Number = Narrow.toUint32(block.number);
    }

    /// @dev Refuses a record that is not the one in the slot.
    function _requireRecord(uint256 slot, PayoutRecord calldata record) internal view {
        bytes28 recordHash = Payouts.hashRecord(
            record.digest,
            Payouts.hashGroup(record.members),
            record.signers,
            record.claimed,
            record.share
        );
        if (_payouts[slot].recordHash != recordHash) revert WrongRecord(slot);
    }

    /// @dev L1 block of the commit in a slot.
    function _commitBlockAt(uint256 slot) internal view returns (uint256) {
        return _payouts[slot].l1Number;
    }

    function _memberAt(uint256[][] calldata members, uint256 position)
        private
        view
        returns (uint32)
    {
        uint256 size = COMMITTEE_SIZE;
        return PackedIds.idAt(members[position / size], position % size);
    }

    function _send(address to, uint256 amount) private {
        (bool success,) = to.call{value: amount}("");
        if (!success) revert TransferFailed();
    }

    function _min(uint96 a, uint96 b) private pure returns (uint96) {
        return a < b ? a : b;
    }
}
