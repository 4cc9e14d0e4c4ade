// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {FeeLedger} from "./FeeLedger.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Committees} from "./libraries/Committees.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Schedule} from "./libraries/Schedule.sol";
import {Committee, ProducerProof, Quorum, SignerChange} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Election, ScheduleEntry} from "./types/Election.sol";
import {G1Point} from "./types/Points.sol";

/// @title Who may sign a packet: its producer, its committee and the rungs of the liveness ladder
abstract contract Endorsements is FeeLedger {
    using Bitmaps for uint256[];

    /// @dev An epoch as the sender shows it. The hash of every committee has its hash in it, so a quorum proves it.
    struct Draw {
        uint64 epoch;
        bytes32 epochHash;
        bytes32 seed;
        uint128 totalStake;
    }

    /// @dev A quorum that has its signers counted and their keys summed up, its signature not verified yet.
    struct Signers {
        /// Sum of the signers' keys.
        G1Point key;
        /// Number of signers.
        uint256 count;
        /// keccak of the hashes of the committees' members.
        bytes32 groupHash;
    }

    /// @dev What is kept of a committee between its commits: one word.
    struct CommitteeState {
        /// Hash of its last signer set (`_hashSignerSet`), cut.
        bytes26 signerSet;
        /// Epoch in which it let its last packet to a higher rung; 0 if it did not.
        uint48 laggingEpoch;
    }

    uint8 private constant LAST_RUNG = 2;
    /// @dev Epochs that the Management Contract keeps.
    uint64 private constant KEPT_EPOCHS = 4;

    uint256 internal immutable COMMITTEES;
    uint256 private immutable T1_SECONDS;
    uint256 private immutable T2_SECONDS;
    uint256 private immutable RANK_WINDOW;

    mapping(uint256 slot => mapping(uint256 committee => CommitteeState)) private _committees;

    constructor(Config memory config, IManagementContract management_)
        FeeLedger(config, management_)
    {
        COMMITTEES = config.committees;
        T1_SECONDS = config.t1Seconds;
        T2_SECONDS = config.t2Seconds;
        RANK_WINDOW = config.rankWindow;
    }

    /// @inheritdoc IStateContract
    function knownSignerSet(uint64 epoch, uint32 committee)
        external
        view
        override
        returns (bytes26)
    {
        return _committeeState(epoch, committee).signerSet;
    }

    /// @inheritdoc IStateContract
    function isLagging(uint64 epoch, uint32 committee) external view override returns (bool) {
        return _isLagging(epoch, committee);
    }

    /// @dev Takes an epoch as the sender shows it and refuses a producer that is not in its schedule.
    function _drawFor(uint64 epoch, Election calldata election, ProducerProof calldata proof)
        internal
        pure
        returns (Draw memory)
    {
        ScheduleEntry memory entry =
            ScheduleEntry(proof.operator, BLS.hashKey(proof.key), proof.start, proof.end);
        bytes32 leaf = Schedule.hashEntry(entry);
        if (!Merkle.verify(election.scheduleRoot, leaf, proof.index, proof.count, proof.path)) {
            revert ProducerNotInSchedule(proof.operator);
        }
        bytes32 epochHash = Committees.hashEpoch(epoch, election);
        return Draw(epoch, epochHash, election.seed, election.totalStake);
    }

    /// @dev Refuses a view that is another producer's turn.
    function _requireTurn(Draw memory draw, uint64 viewNumber, ProducerProof calldata proof)
        internal
        pure
    {
        uint256 ticket = Schedule.ticketOf(draw.seed, viewNumber, draw.totalStake);
        if (ticket < proof.start || ticket >= proof.end) {
            revert ProducerNotScheduled(viewNumber, proof.operator);
        }
    }

    /// @dev Counts the signers of a quorum and sums up their keys, and refuses fewer than two thirds.
    function _requireQuorum(
        Draw memory draw,
        uint64 number,
        uint64 timestamp,
        Quorum calldata quorum
    ) internal returns (Signers memory signers) {
        _requireOpenRung(draw, number, timestamp, quorum.rung);
        bool isWhole = quorum.rung == LAST_RUNG;
        uint256 size = isWhole ? COMMITTEES * COMMITTEE_SIZE : COMMITTEE_SIZE;
        if (!quorum.signers.isOfSize(size)) revert MalformedBitmap();
        signers.count = quorum.signers.count();
        uint256 required = Committees.quorumOf(size);
        if (signers.count < required) revert NoQuorum(required, signers.count);

        uint256 first = isWhole ? 0 : Committees.indexOf(draw.seed, COMMITTEES, number, quorum.rung);
        if (quorum.changes.length == 0) {
            if (isWhole) revert UnknownSignerSet();
            signers.key = quorum.key;
            signers.groupHash = Payouts.hashGroup(quorum.membersHash);
            _requireKnownSet(draw, first, quorum.membersHash, quorum.signers, signers.key);
        } else {
            _changeSigners(draw, first, quorum, signers);
        }
    }

    /// @dev Marks the assigned committee as lagging, or no longer.
    function _noteRung(Draw memory draw, uint64 number, uint8 rung) internal {
        uint256 assigned = Committees.indexOf(draw.seed, COMMITTEES, number, 0);
        bool isLagging_ = rung != 0;
        if (_isLagging(draw.epoch, assigned) == isLagging_) return;
        _committeeState(draw.epoch, assigned).laggingEpoch =
            isLagging_ ? Narrow.toUint48(draw.epoch) : 0;
    }

    /// @dev The position that earns the submitter's share of a packet, if its rank is open; else `NO_SEAT`.
    /// Whoever sends the transaction: a copy of it pays the same seat.
    function _submitterOf(Quorum calldata quorum, bytes32 digest, uint64 timestamp)
        internal
        view
        returns (uint32)
    {
        uint256 position = quorum.submitter;
        uint256 size = COMMITTEE_SIZE;
        if (position >= (quorum.rung == LAST_RUNG ? COMMITTEES * size : size)) {
            return Payouts.NO_SEAT;
        }
        uint256 rank = (position + size - uint256(digest) % size) % size;
        bool isOpen = rank * RANK_WINDOW <= block.timestamp - timestamp;
        return isOpen ? quorum.submitter : Payouts.NO_SEAT;
    }

    function _requireOpenRung(Draw memory draw, uint64 number, uint64 timestamp, uint8 rung)
        private
        view
    {
        if (timestamp > block.timestamp) {
            revert TimestampInFuture(block.timestamp, timestamp);
        }
        if (rung == 0) return;
        if (rung > LAST_RUNG || (rung == 1 && COMMITTEES == 1)) revert NoSuchRung(rung);
        uint256 least = rung == 1 ? T1_SECONDS : T2_SECONDS;
        if (rung == 1) {
            uint256 assigned = Committees.indexOf(draw.seed, COMMITTEES, number, 0);
            if (_isLagging(draw.epoch, assigned)) least = 0;
        }
        uint256 age = block.timestamp - timestamp;
        if (age < least) revert RungNotOpen(rung, least, age);
    }

    /// @dev Counts the signers from the set that the sender starts from, and keeps them as the committee's last.
    function _changeSigners(
        Draw memory draw,
        uint256 first,
        Quorum calldata quorum,
        Signers memory signers
    ) private {
        if (quorum.changes.length != 1) revert UnknownSignerSet();
        SignerChange calldata change = quorum.changes[0];
        bytes32[] memory membersHashes = _requireCommittees(draw, first, quorum.rung, change);
        signers.groupHash = Payouts.hashGroup(membersHashes);
        if (change.base.length == 0) {
            signers.key = _sumCommittees(change.committees);
        } else {
            signers.key = quorum.key;
            _requireKnownSet(draw, first, membersHashes[0], change.base, signers.key);
        }
        _applyDifference(quorum.signers, change, signers.key);
        if (quorum.rung == LAST_RUNG) return;
        _committeeState(draw.epoch, first).signerSet =
            _hashSignerSet(draw, first, membersHashes[0], quorum.signers, signers.key);
    }

    function _requireKnownSet(
        Draw memory draw,
        uint256 committee,
        bytes32 membersHash,
        uint256[] calldata bitmap,
        G1Point memory key
    ) private view {
        bytes26 known = _hashSignerSet(draw, committee, membersHash, bitmap, key);
        if (known != _committeeState(draw.epoch, committee).signerSet) revert UnknownSignerSet();
    }

    function _requireCommittees(
        Draw memory draw,
        uint256 first,
        uint8 rung,
        SignerChange calldata change
    ) private view returns (bytes32[] memory membersHashes) {
        uint256 count = change.committees.length;
        uint256 expected = rung == LAST_RUNG ? COMMITTEES : 1;
        if (count != expected) revert WrongCommittee(draw.epoch, Narrow.toUint32(first));
        membersHashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            Committee calldata committee = change.committees[i];
            uint32 index = Narrow.toUint32(first + i);
            membersHashes[i] = PackedIds.hashCalldata(committee.members);
            bytes32 opened = Committees.hashOpened(
                draw.epochHash, index, membersHashes[i], committee.ejected, committee.key
            );
            if (management.committeeHash(draw.epoch, index) != opened) {
                revert WrongCommittee(draw.epoch, index);
            }
        }
    }

    function _sumCommittees(Committee[] calldata committees)
        private
        view
        returns (G1Point memory sum)
    {
        sum = committees[0].key;
        for (uint256 i = 1; i < committees.length; ++i) {
            BLS.addTo(sum, committees[i].key);
        }
    }

    /// @dev Adds to `key` the signers that it lacks and subtracts the others. Each position has at most one key,
    /// in ascending order, so none counts twice.
    function _applyDifference(
        uint256[] calldata signers,
        SignerChange calldata change,
        G1Point memory key
    ) private view {
        uint256 size = change.committees.length * COMMITTEE_SIZE;
        uint256[] memory difference = _listDifference(signers, change, size);
        uint256 count = 0;
        for (uint256 i = 0; i < difference.length; ++i) {
            count += Bitmaps.countWord(difference[i]);
        }
        if (count != change.keys.length) revert WrongKeyCount(count, change.keys.length);
        if (count == 0) return;

        uint32[] memory ids = new uint32[](count);
        bool[] memory isAdded = new bool[](count);
        uint256 found = 0;
        for (uint256 i = 0; i < difference.length; ++i) {
            for (uint256 rest = difference[i]; rest != 0; rest &= rest - 1) {
                uint256 bit = Bitmaps.lowestOf(rest);
                ids[found] = _memberAt(change.committees, Bitmaps.PER_WORD * i + bit);
                isAdded[found++] = (signers[i] >> bit) & 1 == 1;
            }
        }
        bytes32[] memory keyHashes = management.keyHashesOf(ids);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 keyHash = BLS.addKey(key, change.keys[i], !isAdded[i]);
            if (keyHash != keyHashes[i]) revert WrongKey(ids[i]);
        }
    }

    /// @dev Bits of the positions that are in exactly one of the signers and the set to start from. Refuses signers
    /// that were ejected; the whole group is without them.
    function _listDifference(uint256[] calldata signers, SignerChange calldata change, uint256 size)
        private
        view
        returns (uint256[] memory difference)
    {
        bool isFull = change.base.length == 0;
        if (!isFull && !change.base.isOfSize(size)) revert MalformedBitmap();
        difference = new uint256[](signers.length);
        for (uint256 i = 0; i < difference.length; ++i) {
            difference[i] = signers[i] ^ (isFull ? Bitmaps.fullWord(size, i) : change.base[i]);
        }
        for (uint256 c = 0; c < change.committees.length; ++c) {
            uint256[] calldata ejected = change.committees[c].ejected;
            for (uint256 i = 0; i < ejected.length; ++i) {
                for (uint256 rest = ejected[i]; rest != 0; rest &= rest - 1) {
                    uint256 position =
                        c * COMMITTEE_SIZE + i * Bitmaps.PER_WORD + Bitmaps.lowestOf(rest);
                    uint256 word = position / Bitmaps.PER_WORD;
                    uint256 bit = uint256(1) << (position % Bitmaps.PER_WORD);
                    if (signers[word] & bit != 0) revert SignerIsEjected(position);
                    if (isFull) difference[word] &= ~bit;
                }
            }
        }
    }

    function _memberAt(Committee[] calldata committees, uint256 position)
        private
        view
        returns (uint32)
    {
        uint256 size = COMMITTEE_SIZE;
        return PackedIds.idAt(committees[position / size].members, position % size);
    }

    function _hashSignerSet(
        Draw memory draw,
        uint256 committee,
        bytes32 membersHash,
        uint256[] calldata bitmap,
        G1Point memory key
    ) private pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(draw.epochHash, committee, membersHash, bitmap, key)));
    }

    function _committeeState(uint64 epoch, uint256 committee)
        private
        view
        returns (CommitteeState storage)
    {
        return _committees[epoch % KEPT_EPOCHS][committee];
    }

    function _isLagging(uint64 epoch, uint256 committee) private view returns (bool) {
        return epoch != 0 && _committeeState(epoch, committee).laggingEpoch == epoch;
    }
}
