// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppeals} from "../interfaces/IAppeals.sol";
import {IBridge} from "../interfaces/IBridge.sol";
import {ICommits} from "../interfaces/ICommits.sol";
import {IMessageInbox} from "../interfaces/IMessageInbox.sol";
import {IStateContract} from "../interfaces/IStateContract.sol";
import {IWithdrawalRoots} from "../interfaces/IWithdrawalRoots.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {Messages} from "../libraries/Messages.sol";
import {Narrow} from "../libraries/Narrow.sol";
import {Nullifiers} from "../libraries/Nullifiers.sol";
import {FastPayout, MessageProof, Withdrawal} from "../types/Bridge.sol";
import {WithdrawalsProof} from "../types/Commit.sol";
import {Config} from "../types/Config.sol";
import {Header} from "../types/Header.sol";
import {StemProof} from "../types/Verkle.sol";
import {Escape} from "./Escape.sol";

/// @title The bridge
/// @notice There is no administrator. Checks come first, then what is noted, then the one call.
contract Bridge is Escape {
    using Nullifiers for mapping(uint256 => uint256);

    /// @dev A fast payout: the first 26 bytes of the hash of its `FastPayout`, and when it was paid.
    struct Kept {
        bytes26 payoutHash;
        uint48 l1Number;
    }

    IWithdrawalRoots private immutable ROOTS;
    ICommits private immutable COMMITS;
    IAppeals private immutable APPEALS;
    uint256 private immutable EVIDENCE_WINDOW;

    mapping(uint256 slot => Kept kept) private _fastPayouts;

    /// @param inbox The inbox, which sends deposits here.
    constructor(Config memory config, IStateContract state, IAppeals appeals, IMessageInbox inbox)
        payable
        Escape(config, state, inbox)
    {
        COMMITS = state.commits();
        ROOTS = IWithdrawalRoots(address(COMMITS));
        APPEALS = appeals;
        EVIDENCE_WINDOW = config.evidenceWindow;
    }

    /// @inheritdoc IBridge
    function deposit(uint256 mint) external payable override {
        if (msg.sender != address(INBOX)) revert NotInbox(msg.sender);
        emit Deposited(mint, _credit(mint));
    }

    /// @inheritdoc IBridge
    function withdrawFast(Withdrawal calldata withdrawal, MessageProof calldata proof, uint256 slot)
        external
        override
    {
        _requireIdle();
        if (withdrawal.data.length != 0) revert OnlyPlainPayments();
        uint64 appealed = APPEALS.firstOpenAppeal();
        if (appealed != type(uint64).max) revert AppealIsOpen(appealed);
        uint64 freeBlock = fastSlotFreeFrom(slot);
        if (block.number < freeBlock) revert SlotInUse(slot, freeBlock);
        bytes32 digest = _requireMessage(withdrawal, proof);

        _paid.spend(Nullifiers.Kind.Withdrawal, withdrawal.nonce);
        _debitFast(withdrawal.value);
        uint96 amount = Narrow.toUint96(withdrawal.value);
        FastPayout memory payout = FastPayout(withdrawal.nonce, proof.number, digest, amount);
        _fastPayouts[slot] = Kept(_hashPayout(payout), Narrow.toUint48(block.number));
        emit FastPayoutKept(slot, withdrawal.nonce, proof.number, digest, amount);
        _callTarget(withdrawal);
    }

    /// @inheritdoc IBridge
    function withdraw(Withdrawal calldata withdrawal, MessageProof calldata proof)
        external
        override
    {
        _requireIdle();
        _requireFinal(proof.number);
        _requireMessage(withdrawal, proof);
        _payMessage(withdrawal);
    }

    /// @inheritdoc IBridge
    function withdrawByState(
        Withdrawal calldata withdrawal,
        bytes calldata headerWords,
        WithdrawalsProof calldata packet,
        StemProof calldata proof
    ) external override {
        _requireIdle();
        Header memory header = Encoding.decodeHeader(headerWords);
        _requireFinal(header.number);
        bytes32 digest = Encoding.computeDigest(COMMITS.domain(), headerWords);
        (bytes32 committed,) = ROOTS.withdrawalsRootOf(header.number, packet);
        if (committed != digest) revert WrongPacket(committed, digest);
        _requireSent(header.postStateRoot, withdrawal, proof);
        _payMessage(withdrawal);
    }

    /// @inheritdoc IBridge
    function reclaim(uint256 slot, FastPayout calldata payout, WithdrawalsProof calldata packet)
        external
        override
    {
        _requireIdle();
        if (_fastPayouts[slot].payoutHash != _hashPayout(payout)) revert WrongPayout(slot);
        if (payout.number <= STATE.head().number) {
            (bytes32 digest,) = ROOTS.withdrawalsRootOf(payout.number, packet);
            if (digest == payout.digest) revert PacketIsCommitted(payout.number, digest);
        }
        delete _fastPayouts[slot];
        _paid.free(Nullifiers.Kind.Withdrawal, payout.nonce);
        _credit(payout.amount);
        emit PayoutReclaimed(payout.nonce, payout.number, payout.digest, payout.amount);
    }

    /// @inheritdoc IBridge
    function fastSlotFreeFrom(uint256 slot) public view override returns (uint64) {
        uint256 paidBlock = _fastPayouts[slot].l1Number;
        return paidBlock == 0 ? 0 : Narrow.toUint64(paidBlock + EVIDENCE_WINDOW);
    }

    function _requireFinal(uint64 number) private view {
        if (number > COMMITS.finalizedNumber()) revert PacketNotFinal(number);
    }

    /// @dev Requires that a committed packet logged a message.
    /// @return digest Digest of the packet.
    function _requireMessage(Withdrawal calldata withdrawal, MessageProof calldata proof)
        private
        view
        returns (bytes32 digest)
    {
        bytes32 root;
        (digest, root) = ROOTS.withdrawalsRootOf(proof.number, proof.packet);
        bytes32 withdrawalHash = Messages.hashWithdrawal(L2_CHAIN_ID, withdrawal);
        bytes32 leaf = Merkle.hashLeaf(
            abi.encodePacked(withdrawal.nonce, proof.position, proof.log, withdrawalHash)
        );
        if (!Merkle.verify(root, leaf, proof.index, proof.count, proof.path)) {
            revert MessageNotInPacket(proof.number);
        }
    }

    function _hashPayout(FastPayout memory payout) private pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(payout)));
    }
}
