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
import {Committee, ProducerProof, Quorum} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Epoch, ScheduleEntry} from "./types/Election.sol";
import {Header} from "./types/Header.sol";
import {G1Point} from "./types/Points.sol";

/// @title Who may sign a packet: its producer, its committee and the rungs of the liveness ladder
abstract contract Endorsements is FeeLedger {
    using Bitmaps for uint256[];

    /// @dev The epoch of a packet.
    struct Election {
        uint64 number;
        Epoch epoch;
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

    /// @dev Bits of the committees that let their last packet to a higher rung.
    struct Lagging {
        uint64 epoch;
        uint128 committees;
    }

    uint8 private constant LAST_RUNG = 2;
    /// @dev Epochs that the Management Contract keeps.
    uint64 private constant KEPT_EPOCHS = 4;

    uint256 internal immutable COMMITTEES;
    uint256 private immutable T1_SECONDS;
    uint256 private immutable T2_SECONDS;
    uint256 private immutable RANK_WINDOW;

    mapping(uint256 slot => mapping(uint256 committee => bytes32)) private _signerSets;
    Lagging private _lagging;

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
        returns (bytes32)
    {
        return _signerSets[epoch % KEPT_EPOCHS][committee];
    }

    /// @inheritdoc IStateContract
    function isLagging(uint64 epoch, uint32 committee) external view override returns (bool) {
        return _isLagging(epoch, committee);
    }

    /// @dev The epoch that is active at an anchor.
    function _electionAt(uint64 l1Number) internal view returns (Election memory election) {
        (election.number, election.epoch) = management.epochAt(l1Number);
    }

    /// @dev Refuses a producer that is not scheduled for the header's view under the given key.
    function _requireScheduled(
        Election memory election,
        Header memory header,
        ProducerProof calldata proof
    ) internal pure {
        ScheduleEntry memory entry = ScheduleEntry(
            header.producer, BLS.hashKey(proof.key), proof.start, proof.end
        );
        bytes32 leaf = Schedule.hashEntry(entry);
        bytes32 root = election.epoch.scheduleRoot;
        if (!Merkle.verify(root, leaf, proof.index, proof.count, proof.path)) {
            revert ProducerNotInSchedule(header.producer);
        }
        uint256 ticket =
            Schedule.ticketOf(election.epoch.seed, header.viewNumber, election.epoch.totalStake);
        if (ticket < entry.start || ticket >= entry.end) {
            revert ProducerNotScheduled(header.viewNumber, header.producer);
        }
    }

    /// @dev Counts the signers of a quorum and sums up their keys, and refuses fewer than two thirds.
    function _requireQuorum(Election memory election, Header memory header, Quorum calldata quorum)
        internal
        returns (Signers memory signers)
    {
        _requireOpenRung(election, header, quorum.rung);
        uint256 first = _firstCommittee(election, header, quorum.rung);
        bytes32[] memory committeeHashes;
        (committeeHashes, signers.groupHash) = _requireCommittees(election, first, quorum);

        uint256 size = quorum.committees.length * COMMITTEE_SIZE;
        if (!quorum.signers.isOfSize(size)) revert MalformedBitmap();
        signers.count = quorum.signers.count();
        uint256 required = Committees.quorumOf(size);
        if (signers.count < required) revert NoQuorum(required, signers.count);

        if (quorum.known.bitmap.length == 0) {
            signers.key = _sumCommittees(quorum.committees);
        } else {
            bytes32 known =
                _hashSignerSet(committeeHashes[0], quorum.known.bitmap, quorum.known.key);
            if (known != _signerSets[election.number % KEPT_EPOCHS][first]) {
                revert UnknownSignerSet();
            }
            signers.key = quorum.known.key;
        }
        if (_applyDifference(quorum, size, signers.key) && quorum.rung < LAST_RUNG) {
            _signerSets[election.number % KEPT_EPOCHS][first] =
                _hashSignerSet(committeeHashes[0], quorum.signers, signers.key);
        }
    }

    /// @dev Marks the assigned committee as lagging, or no longer.
    function _noteRung(Election memory election, Header memory header, uint8 rung) internal {
        uint256 assigned = _firstCommittee(election, header, 0);
        bool isLagging_ = rung != 0;
        if (_isLagging(election.number, assigned) == isLagging_) return;
        if (_lagging.epoch != election.number) _lagging = Lagging(election.number, 0);
        _lagging.committees ^= Narrow.toUint128(2 ** assigned);
    }

    /// @dev Decides whether the sender is the operator of a seat whose submitter rank is open.
    function _isSubmitterOpen(Header memory header, bytes32 digest, Quorum calldata quorum)
        internal
        view
        returns (bool)
    {
        uint256 position = quorum.submitter;
        uint256 size = COMMITTEE_SIZE;
        if (position >= quorum.committees.length * size) return false;
        uint256 rank = (position + size - uint256(digest) % size) % size;
        if (rank * RANK_WINDOW > block.timestamp - header.timestamp) return false;
        uint32 id = _memberOf(quorum, position);
        return management.operatorOf(id) == msg.sender;
    }

    function _requireOpenRung(Election memory election, Header memory header, uint8 rung)
        private
        view
    {
        if (header.timestamp > block.timestamp) {
            revert TimestampInFuture(block.timestamp, header.timestamp);
        }
        if (rung == 0) return;
        if (rung > LAST_RUNG || (rung == 1 && COMMITTEES == 1)) revert NoSuchRung(rung);
        uint256 least = rung == 1 ? T1_SECONDS : T2_SECONDS;
        if (rung == 1 && _isLagging(election.number, _firstCommittee(election, header, 0))) {
            least = 0;
        }
        uint256 age = block.timestamp - header.timestamp;
        if (age < least) revert RungNotOpen(rung, least, age);
    }

    /// @dev The first committee of a rung's group: all of them are counted from 0.
    function _firstCommittee(Election memory election, Header memory header, uint8 rung)
        private
        view
        returns (uint256)
    {
        if (rung == LAST_RUNG) return 0;
        return Committees.indexOf(election.epoch.seed, COMMITTEES, header.number, rung);
    }

    function _requireCommittees(Election memory election, uint256 first, Quorum calldata quorum)
        private
        view
        returns (bytes32[] memory committeeHashes, bytes32 groupHash)
    {
        uint256 count = quorum.committees.length;
        uint256 expected = quorum.rung == LAST_RUNG ? COMMITTEES : 1;
        if (count != expected) revert WrongCommittee(election.number, Narrow.toUint32(first));
        committeeHashes = new bytes32[](count);
        bytes32[] memory membersHashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            Committee calldata committee = quorum.committees[i];
            uint32 index = Narrow.toUint32(first + i);
            membersHashes[i] = PackedIds.hash(committee.members);
            committeeHashes[i] =
                Committees.hashOpened(election.number, index, membersHashes[i], committee.key);
            if (management.committeeHash(election.number, index) != committeeHashes[i]) {
                revert WrongCommittee(election.number, index);
            }
        }
        groupHash = Payouts.hashGroup(membersHashes);
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
    /// in ascending order, so none counts twice. Returns whether there was a difference.
    function _applyDifference(Quorum calldata quorum, uint256 size, G1Point memory key)
        private
        view
        returns (bool)
    {
        uint32[] memory positions = _listDifference(quorum, size);
        if (positions.length != quorum.keys.length) {
            revert WrongKeyCount(positions.length, quorum.keys.length);
        }
        if (positions.length == 0) return false;

        uint32[] memory ids = new uint32[](positions.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = _memberOf(quorum, positions[i]);
        }
        bytes32[] memory keyHashes = management.keyHashesOf(ids);
        uint256[] memory signers = quorum.signers;
        for (uint256 i = 0; i < ids.length; ++i) {
            G1Point memory memberKey = quorum.keys[i];
            if (BLS.hashKey(memberKey) != keyHashes[i]) revert WrongKey(ids[i]);
            bool isSigner = signers.contains(positions[i]);
            BLS.addTo(key, isSigner ? memberKey : BLS.negate(memberKey));
        }
        return true;
    }

    /// @dev Positions that are in exactly one of the signers and the known set, ascending.
    function _listDifference(Quorum calldata quorum, uint256 size)
        private
        pure
        returns (uint32[] memory positions)
    {
        bool isFull = quorum.known.bitmap.length == 0;
        if (!isFull && !quorum.known.bitmap.isOfSize(size)) revert MalformedBitmap();
        uint256[] memory difference = new uint256[](quorum.signers.length);
        uint256 count = 0;
        for (uint256 i = 0; i < difference.length; ++i) {
            uint256 known = isFull ? Bitmaps.fullWord(size, i) : quorum.known.bitmap[i];
            difference[i] = quorum.signers[i] ^ known;
            count += Bitmaps.countWord(difference[i]);
        }
        positions = new uint32[](count);
        if (count == 0) return positions;
        uint256 found = 0;
        for (uint32 i = 0; found < count; ++i) {
            if (difference.contains(i)) positions[found++] = i;
        }
    }

    function _memberOf(Quorum calldata quorum, uint256 position) private view returns (uint32) {
        Committee calldata committee = quorum.committees[position / COMMITTEE_SIZE];
        return PackedIds.idAt(committee.members, position % COMMITTEE_SIZE);
    }

    function _hashSignerSet(bytes32 committeeHash, uint256[] memory bitmap, G1Point memory key)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(committeeHash, bitmap, key));
    }

    function _isLagging(uint64 epoch, uint256 committee) private view returns (bool) {
        if (committee >= COMMITTEES || _lagging.epoch != epoch) return false;
        return (_lagging.committees >> committee) & 1 == 1;
    }
}
