// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppeals} from "./interfaces/IAppeals.sol";
import {ICommits} from "./interfaces/ICommits.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {IVerdicts} from "./interfaces/IVerdicts.sol";
import {IWithdrawalRoots} from "./interfaces/IWithdrawalRoots.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {
    CommittedProof,
    Head,
    Payout,
    PayoutPart,
    PayoutRecord,
    Tip,
    WithdrawalsProof
} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Header} from "./types/Header.sol";

/// @title What the State Contract's ring of payouts shows about committed packets
/// @notice Made by the State Contract, which asks it as well: it keeps nothing of its own.
contract CommitReader is ICommits, IWithdrawalRoots {
    using Bitmaps for uint256[];

    IStateContract private immutable STATE;
    IAppeals private immutable APPEALS;
    uint64 private immutable GENESIS_NUMBER;
    uint64 private immutable GENESIS_TIME;
    uint64 private immutable APPEAL_WINDOW;
    uint256 private immutable COMMITTEE_SIZE;

    constructor(Config memory config, IAppeals appeals) {
        STATE = IStateContract(msg.sender);
        APPEALS = appeals;
        GENESIS_NUMBER = config.genesisNumber;
        GENESIS_TIME = config.genesisTime;
        APPEAL_WINDOW = config.appealWindow;
        COMMITTEE_SIZE = config.committeeSize;
    }

    /// @inheritdoc ICommits
    function commitOf(uint64 number, bytes32 digest, bytes calldata proof)
        external
        view
        override
        returns (uint64, uint32[] memory signers)
    {
        CommittedProof calldata committed = _readProof(proof);
        if (committed.part.digest != digest) revert NotCommitted(number, digest);
        _turnOf(number, committed);
        uint256[] memory bitmap = committed.part.signers;
        signers = new uint32[](committed.part.signers.count());
        uint256 size = COMMITTEE_SIZE;
        uint256 found = 0;
        for (uint256 position = 0; found < signers.length; ++position) {
            if (!bitmap.contains(position)) continue;
            uint256[] calldata members = committed.part.members[position / size];
            signers[found++] = PackedIds.idAt(members, position % size);
        }
        return (STATE.payoutAt(committed.slot).l1Number, signers);
    }

    /// @inheritdoc ICommits
    function digestOf(uint64 number, bytes calldata proof)
        external
        view
        override
        returns (bytes32)
    {
        CommittedProof calldata committed = _readProof(proof);
        _turnOf(number, committed);
        return committed.part.digest;
    }

    /// @inheritdoc IWithdrawalRoots
    function withdrawalsRootOf(uint64 number, WithdrawalsProof calldata proof)
        external
        view
        override
        returns (bytes32, bytes32)
    {
        bytes32 partHash = Payouts.hashPart(proof.digest, proof.withdrawalsRoot, proof.feesHash);
        _turnOf(number, proof.digest, proof.slot, proof.record, proof.index, partHash);
        return (proof.digest, proof.withdrawalsRoot);
    }

    /// @inheritdoc ICommits
    function headBefore(
        bytes calldata headerWords,
        bytes calldata parentWords,
        bytes calldata proof
    ) external view override returns (Head memory parent, Tip memory tip) {
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(STATE.domain(), headerWords);
        CommittedProof calldata committed = _readProof(proof);
        if (committed.part.digest != digest) revert NotCommitted(header.number, digest);
        uint256 turn = _turnOf(header.number, committed);
        if (header.number <= finalizedNumber()) revert PacketIsFinal(header.number);
        if (!IVerdicts(STATE.management().faults()).isInvalid(digest)) {
            revert PacketNotInvalid(digest);
        }

        parent.number = Narrow.toUint40(header.number - 1);
        parent.turns = Narrow.toUint40(committed.index == 0 ? turn : turn + 1);
        tip = Tip(header.parentHash, header.preStateRoot, header.baseFee);
        parent.tipHash = Encoding.hashTip(tip);
        if (header.parentHash == STATE.genesisHash()) {
            parent.timestamp = Narrow.toUint40(GENESIS_TIME);
            parent.l1Number = Narrow.toUint40(STATE.genesis().l1Number);
            return (parent, tip);
        }
        bytes32 parentHash = Encoding.computeDigest(STATE.domain(), parentWords);
        if (parentHash != header.parentHash) revert WrongParent(header.parentHash, parentHash);
        Header memory before = Encoding.decodeHeader(parentWords);
        parent.timestamp = Narrow.toUint40(before.timestamp);
        parent.l1Number = Narrow.toUint40(before.l1Number);
        parent.inboxCount = Narrow.toUint40(before.inboxCount);
    }

    /// @inheritdoc ICommits
    function isAppealOpen() external view override returns (bool) {
        if (address(APPEALS) == address(0)) return false;
        return APPEALS.firstOpenAppeal() != type(uint64).max;
    }

    /// @inheritdoc ICommits
    function finalizedNumber() public view override returns (uint64 number) {
        // Commit blocks rise with the turns, so the last one that is old enough is found by bisection.
        // Invariant: the turn before `low` is final or older than the ring, turn `high` is not final.
        Head memory head = STATE.head();
        uint256 high = head.turns;
        uint256 low = high > Payouts.COMMIT_SLOTS ? high - Payouts.COMMIT_SLOTS : 0;
        while (low < high) {
            uint256 middle = low + (high - low) / 2;
            bool isFinal = _payoutOf(middle).l1Number + APPEAL_WINDOW <= block.number;
            (low, high) = isFinal ? (middle + 1, high) : (low, middle);
        }
        number = low == 0 ? GENESIS_NUMBER : _lastOf(head, low - 1);
        if (address(APPEALS) == address(0)) return number;
        uint64 appealed = APPEALS.firstOpenAppeal();
        if (appealed <= number) number = appealed - 1;
    }

    /// @inheritdoc ICommits
    function domain() external view override returns (bytes32) {
        return STATE.domain();
    }

    /// @inheritdoc ICommits
    function configHash() external view override returns (bytes32) {
        return STATE.configHash();
    }

    /// @dev The ABI-encoded proof, where it lies in the calldata.
    function _readProof(bytes calldata proof)
        private
        pure
        returns (CommittedProof calldata committed)
    {
        uint256 offset = abi.decode(proof, (uint256));
        if (offset > proof.length) revert MalformedProof();
        assembly ("memory-safe") {
            committed := add(proof.offset, offset)
        }
    }

    function _turnOf(uint64 number, CommittedProof calldata committed)
        private
        view
        returns (uint256)
    {
        PayoutPart calldata part = committed.part;
        bytes32 partHash = Payouts.hashPart(part, part.claimed, part.submitter);
        return
            _turnOf(
                number, part.digest, committed.slot, committed.record, committed.index, partHash
            );
    }

    /// @dev The turn of the committed packet of this number, if the ring still shows it.
    function _turnOf(
        uint64 number,
        bytes32 digest,
        uint256 slot,
        PayoutRecord calldata record,
        uint256 index,
        bytes32 partHash
    ) private view returns (uint256 turn) {
        Head memory head = STATE.head();
        if (slot >= Payouts.COMMIT_SLOTS || slot >= head.turns || number > head.number) {
            revert NotCommitted(number, digest);
        }
        Payout memory payout = STATE.payoutAt(slot);
        bool isShown = Payouts.isRecord(payout.recordHash, record, index, partHash);
        turn = head.turns - 1 - (head.turns - 1 - slot) % Payouts.COMMIT_SLOTS;
        // A reset may have cut off the turn's last packets.
        bool isIn = payout.number + index == number && number <= _lastOf(head, turn);
        if (!isShown || !isIn) revert NotCommitted(number, digest);
    }

    /// @dev Number of the last packet of a turn.
    function _lastOf(Head memory head, uint256 turn) private view returns (uint64) {
        if (turn + 1 == head.turns) return head.number;
        return _payoutOf(turn + 1).number - 1;
    }

    function _payoutOf(uint256 turn) private view returns (Payout memory) {
        return STATE.payoutAt(turn % Payouts.COMMIT_SLOTS);
    }
}
