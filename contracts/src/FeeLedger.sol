// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {FeeAccount, Payout, PayoutPart, PayoutRecord} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";

/// @title Fee accounts of producers, payouts of turns and rewards of operators
/// @notice The ETH of the contract is the sum of the accounts' balances, of what is unclaimed and of the rewards.
abstract contract FeeLedger is IStateContract {
    using Bitmaps for uint256[];

    /// @dev What a packet costs its producer beside the refund.
    struct Bill {
        /// Endorsing pot, wei, before the account is looked at.
        uint256 pot;
        /// Signers among whom it is split.
        uint256 signers;
        /// Position of the seat that earns the submitter's share, or `NO_SEAT`.
        uint32 submitter;
        /// Part of each signer, wei; set when it is paid.
        uint96 share;
    }

    uint256 private constant CHARGE_SLOTS = 256;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc IStateContract
    IManagementContract public immutable override management;
    uint256 internal immutable COMMITTEE_SIZE;
    uint64 private immutable FEE_WITHDRAWAL_DELAY;
    uint256 private immutable SUBMITTER_SHARE_BPS;

    uint256 private _chargeCount;
    mapping(address producer => FeeAccount account) internal _accounts;
    mapping(uint256 slot => Payout payout) private _payouts;
    /// @inheritdoc IStateContract
    mapping(address operator => uint256 amount) public override rewardsOf;

    constructor(Config memory config, IManagementContract management_) {
        if (config.submitterShareBps >= BASIS_POINTS) revert InvalidConfig("submitterShareBps");
        management = management_;
        COMMITTEE_SIZE = config.committeeSize;
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
        if (!Payouts.isRecord(_payouts[slot].recordHash, record, index, part)) {
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

    /// @dev Pays a turn's fees out of its producer's account into a ring slot, as far as that goes: the refund first,
    /// then the pots in their order. What nobody claimed of the payout that had the slot goes back to who paid it.
    /// @return refundPaid Refund of the submitter, wei.
    function _pay(uint256 slot, address producer, uint256 refund, Bill[] memory bills)
        internal
        returns (uint96 refundPaid)
    {
        Payout storage payout = _payouts[slot];
        FeeAccount storage account = _accounts[producer];
        uint256 balance = account.balance;
        (address payer, uint88 unclaimed) = (payout.producer, Narrow.toUint88(payout.unclaimed));
        if (payer == producer) {
            balance += unclaimed;
        } else if (unclaimed != 0) {
            _accounts[payer].balance += unclaimed;
        }

        uint256 paid = refund < balance ? refund : balance;
        refundPaid = Narrow.toUint96(paid);
        for (uint256 i = 0; i < bills.length; ++i) {
            Bill memory bill = bills[i];
            uint256 left = balance - paid;
            uint256 pot = bill.pot < left ? bill.pot : left;
            bool isShared = bill.submitter != Payouts.NO_SEAT;
            uint256 forSigners = isShared ? pot - pot * SUBMITTER_SHARE_BPS / BASIS_POINTS : pot;
            bill.share = Narrow.toUint96(forSigners / bill.signers);
            paid += bill.share * bill.signers;
            if (isShared) paid += _submitterShareOf(bill.share, bill.signers);
        }
        account.balance = Narrow.toUint88(balance - paid);
        payout.producer = producer;
        payout.unclaimed = Narrow.toUint96(paid);
    }

    /// @dev The ring slot of the next charge.
    function _takeChargeSlot() internal returns (uint256) {
        return Payouts.COMMIT_SLOTS + _chargeCount++ % CHARGE_SLOTS;
    }

    /// @dev Keeps the hash of a payout's record, with this block as the commit's.
    function _keepRecord(uint256 slot, bytes22 recordHash, uint64 number) internal {
        Payout storage payout = _payouts[slot];
        payout.recordHash = recordHash;
        payout.number = Narrow.toUint40(number);
        payout.l1Number = Narrow.toUint40(block.number);
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
        return management.operatorOf(PackedIds.idAt(members[position / size], position % size));
    }

    function _send(address to, uint256 amount) private {
        (bool success,) = to.call{value: amount}("");
        if (!success) revert TransferFailed();
    }

    function _min(uint88 a, uint88 b) private pure returns (uint88) {
        return a < b ? a : b;
    }
}
