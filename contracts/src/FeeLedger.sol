// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Endorsements} from "./Endorsements.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Charge, FeeAccount, Payout, PayoutPart, PayoutRecord} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";

/// @title Fee accounts of producers, payouts of turns and rewards of operators
/// @notice The ETH of the contract is the sum of the accounts' balances, of what is unclaimed and of the rewards.
abstract contract FeeLedger is Endorsements {
    using Bitmaps for uint256[];

    /// @dev A producer's account while a turn is paid out of it.
    struct Purse {
        /// Funds before the payment, with what nobody claimed of the slot's earlier payout if it was this producer's.
        uint256 balance;
        /// What is paid so far, wei.
        uint256 paid;
    }

    uint256 private constant CHARGE_SLOTS = 256;
    uint256 private constant BASIS_POINTS = 10_000;

    uint64 private immutable FEE_WITHDRAWAL_DELAY;
    uint256 private immutable SUBMITTER_SHARE_BPS;

    uint256 private _chargeCount;
    mapping(address producer => FeeAccount account) private _accounts;
    mapping(uint256 slot => Payout payout) private _payouts;
    /// @inheritdoc IStateContract
    mapping(address operator => uint256 amount) public override rewardsOf;
    /// @inheritdoc IStateContract
    mapping(address producer => uint64 viewNumber) public override suspendedView;

    constructor(Config memory config, IManagementContract management_)
        Endorsements(config, management_)
    {
        if (config.submitterShareBps >= BASIS_POINTS) revert InvalidConfig("submitterShareBps");
        FEE_WITHDRAWAL_DELAY = config.feeWithdrawalDelay;
        SUBMITTER_SHARE_BPS = config.submitterShareBps;
    }

    /// @inheritdoc IStateContract
    function deposit(address producer) external payable override {
        FeeAccount storage account = _accounts[producer];
        uint88 balance = Narrow.toUint88(account.balance + msg.value);
        account.balance = balance;
        emit FeesDeposited(producer, msg.value, balance);
    }

    /// @inheritdoc IStateContract
    function requestWithdrawal(uint88 amount) external override {
        FeeAccount storage account = _accounts[msg.sender];
        if (amount == 0 || amount > account.balance) revert InvalidAmount(amount, account.balance);
        uint40 withdrawalBlock = Narrow.toUint40(block.number + FEE_WITHDRAWAL_DELAY);
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
        uint88 amount = _min(account.withdrawing, account.balance);
        if (amount == 0) revert InvalidAmount(0, account.balance);
        account.balance -= amount;
        account.withdrawing = 0;
        emit FeesWithdrawn(msg.sender, amount);
        _send(msg.sender, amount);
    }

    /// @inheritdoc IStateContract
    function claim(
        uint256 slot,
        PayoutRecord calldata record,
        uint256 index,
        PayoutPart calldata part,
        uint32[] calldata positions
    ) external override {
        bytes32 partHash = Payouts.hashPart(part, part.claimed, part.submitter);
        if (!Payouts.isRecord(_payouts[slot].recordHash, record, index, partHash)) {
            revert WrongRecord(slot);
        }
        uint256 paid = _claimRefund(slot, record) + _claimSubmitterShare(slot, index, part);
        uint256[] memory claimed =
            part.claimed.length == 0 ? new uint256[](part.signers.length) : part.claimed;
        uint256[] memory signers = part.signers;
        for (uint256 i = 0; i < positions.length; ++i) {
            uint32 position = positions[i];
            if (!signers.contains(position) || claimed.contains(position)) {
                revert NothingToClaim(position);
            }
            claimed.insert(position);
            address operator = _operatorAt(part.members, position);
            rewardsOf[operator] += part.share;
            emit RewardClaimed(slot, position, operator, index, part.share);
        }
        paid += part.share * positions.length;

        bytes32[] memory parts = record.parts;
        parts[index] = Payouts.hashPart(part, claimed, Payouts.NO_SEAT);
        _payouts[slot].recordHash = Payouts.hashRecord(record.submitter, 0, parts);
        _payouts[slot].unclaimed -= Narrow.toUint96(paid);
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

    /// @dev Refuses a producer's views after that of a packet of this epoch that contradicts itself.
    function _requireNotSuspended(uint64 epoch, uint64 viewNumber, address producer) internal view {
        if (_accounts[producer].suspendedEpoch != epoch) return;
        if (viewNumber > suspendedView[producer]) revert ProducerIsSuspended(producer, epoch);
    }

    /// @dev Suspends the producer in the views after this one, so that a quorum with status 1 of the same packet
    /// is not blocked.
    function _suspend(Charge calldata charge) internal {
        FeeAccount storage account = _accounts[charge.producer];
        if (account.suspendedEpoch == charge.epoch) return;
        account.suspendedEpoch = Narrow.toUint40(charge.epoch);
        suspendedView[charge.producer] = charge.viewNumber;
        emit ProducerSuspended(charge.producer, charge.epoch, charge.viewNumber);
    }

    /// @dev Opens a producer's account for a payout that takes a ring slot, and pays the refund as far as that goes.
    /// What nobody claimed of the payout that had the slot goes back to who paid it.
    function _openPurse(uint256 slot, address producer, uint256 refund)
        internal
        returns (Purse memory purse)
    {
        Payout storage payout = _payouts[slot];
        (address payer, uint256 unclaimed) = (payout.producer, payout.unclaimed);
        purse.balance = _accounts[producer].balance;
        if (payer == producer) {
            purse.balance += unclaimed;
        } else if (unclaimed != 0) {
            _accounts[payer].balance += Narrow.toUint88(unclaimed);
        }
        purse.paid = refund < purse.balance ? refund : purse.balance;
    }

    /// @dev Pays the pot of a packet as far as the account goes.
    /// @param submitter Position that earns the submitter's share, or `NO_SEAT`.
    /// @return share Part of each signer, wei.
    function _payPot(Purse memory purse, uint256 pot, uint256 signers, uint32 submitter)
        internal
        view
        returns (uint96 share)
    {
        uint256 left = purse.balance - purse.paid;
        if (pot > left) pot = left;
        bool isShared = submitter != Payouts.NO_SEAT;
        uint256 forSigners = isShared ? pot - pot * SUBMITTER_SHARE_BPS / BASIS_POINTS : pot;
        share = Narrow.toUint96(forSigners / signers);
        purse.paid += share * signers;
        if (isShared) purse.paid += _submitterShareOf(share, signers);
    }

    /// @dev Takes what was paid from the account and keeps the hash of its record, with this block as the commit's.
    function _closePurse(
        Purse memory purse,
        uint256 slot,
        address producer,
        bytes22 recordHash,
        uint64 number
    ) internal {
        _accounts[producer].balance = Narrow.toUint88(purse.balance - purse.paid);
        _payouts[slot] = Payout({
            recordHash: recordHash,
            number: Narrow.toUint40(number),
            l1Number: Narrow.toUint40(block.number),
            producer: producer,
            unclaimed: Narrow.toUint96(purse.paid)
        });
    }

    /// @dev The ring slot of the next charge.
    function _takeChargeSlot() internal returns (uint256) {
        return Payouts.COMMIT_SLOTS + _chargeCount++ % CHARGE_SLOTS;
    }

    function _claimRefund(uint256 slot, PayoutRecord calldata record) private returns (uint256) {
        if (record.refund == 0) return 0;
        rewardsOf[record.submitter] += record.refund;
        emit RefundClaimed(slot, record.submitter, record.refund);
        return record.refund;
    }

    function _claimSubmitterShare(uint256 slot, uint256 index, PayoutPart calldata part)
        private
        returns (uint256 amount)
    {
        if (part.submitter == Payouts.NO_SEAT) return 0;
        amount = _submitterShareOf(part.share, part.signers.count());
        address operator = _operatorAt(part.members, part.submitter);
        rewardsOf[operator] += amount;
        emit SubmitterShareClaimed(slot, part.submitter, operator, index, amount);
    }

    /// @dev What the submitter gets where each of `signers` signers gets `share`.
    function _submitterShareOf(uint96 share, uint256 signers) private view returns (uint256) {
        return share * signers * SUBMITTER_SHARE_BPS / (BASIS_POINTS - SUBMITTER_SHARE_BPS);
    }

    function _operatorAt(uint256[][] calldata members, uint256 position)
        private
        view
        returns (address)
    {
        uint256 size = COMMITTEE_SIZE;
        return MANAGEMENT.operatorOf(PackedIds.idAt(members[position / size], position % size));
    }

    function _send(address to, uint256 amount) private {
        (bool success,) = to.call{value: amount}("");
        if (!success) revert TransferFailed();
    }

    function _min(uint88 a, uint88 b) private pure returns (uint88) {
        return a < b ? a : b;
    }
}
