// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {ISignerSums} from "./interfaces/ISignerSums.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Committees} from "./libraries/Committees.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Schedule} from "./libraries/Schedule.sol";
import {ProducerProof, Quorum} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Election, ScheduleEntry} from "./types/Election.sol";
import {G1Point} from "./types/Points.sol";

/// @title Who may sign a packet: its producer, its committee and the rungs of the liveness ladder
/// @dev What is kept of a committee between its commits belongs to the contract that commits.
abstract contract Quorums {
    using Bitmaps for uint256[];

    /// @dev An epoch as the sender shows it. The hash of every committee has its hash in it, so a quorum proves it.
    struct Draw {
        uint64 epoch;
        bytes32 epochHash;
        bytes32 seed;
        uint128 totalStake;
        /// Committee of packet 0.
        uint256 offset;
    }

    /// @dev A quorum that has its signers counted and their keys summed up, its signature not verified yet.
    struct Signers {
        /// Sum of the signers' keys.
        G1Point key;
        /// Number of signers.
        uint256 count;
        /// keccak of the hashes of the committees' members.
        bytes32 groupHash;
        /// The committee, if it is one.
        uint256 committee;
        /// Hash of its signer set, if that is not the known one; else 0.
        bytes26 changedSet;
    }

    uint8 private constant LAST_RUNG = 2;

    IManagementContract internal immutable MANAGEMENT;
    uint256 internal immutable COMMITTEES;
    uint256 internal immutable COMMITTEE_SIZE;
    uint256 private immutable T1_SECONDS;
    uint256 private immutable T2_SECONDS;
    uint256 private immutable RANK_WINDOW;

    constructor(Config memory config, IManagementContract management_) {
        MANAGEMENT = management_;
        COMMITTEES = config.committees;
        COMMITTEE_SIZE = config.committeeSize;
        T1_SECONDS = config.t1Seconds;
        T2_SECONDS = config.t2Seconds;
        RANK_WINDOW = config.rankWindow;
    }

    /// @dev Hash of the signer set of a committee's last commit in a kept epoch.
    function _signerSetOf(uint64 epoch, uint256 committee) internal view virtual returns (bytes26);

    /// @dev Whether a committee let its last packet to a higher rung.
    function _isLagging(uint64 epoch, uint256 committee) internal view virtual returns (bool);

    /// @dev Takes an epoch as the sender shows it and refuses a producer that is not in its schedule.
    function _drawFor(uint64 epoch, Election calldata election, ProducerProof calldata proof)
        internal
        view
        returns (Draw memory draw)
    {
        ScheduleEntry memory entry =
            ScheduleEntry(proof.operator, BLS.hashKeyCalldata(proof.key), proof.start, proof.end);
        bytes32 leaf = Schedule.hashEntry(entry);
        if (!Merkle.verify(election.scheduleRoot, leaf, proof.index, proof.count, proof.path)) {
            revert IStateContract.ProducerNotInSchedule(proof.operator);
        }
        draw.epoch = epoch;
        draw.epochHash = Committees.hashEpoch(epoch, election);
        draw.seed = election.seed;
        draw.totalStake = election.totalStake;
        draw.offset = Committees.indexOf(draw.seed, COMMITTEES, 0, 0);
    }

    /// @dev Refuses a view that is another producer's turn.
    function _requireTurn(Draw memory draw, uint64 viewNumber, ProducerProof calldata proof)
        internal
        pure
    {
        uint256 ticket = Schedule.ticketOf(draw.seed, viewNumber, draw.totalStake);
        if (ticket < proof.start || ticket >= proof.end) {
            revert IStateContract.ProducerNotScheduled(viewNumber, proof.operator);
        }
    }

    /// @dev Counts the signers of a quorum and sums up their keys, and refuses fewer than two thirds.
    function _requireQuorum(
        Draw memory draw,
        uint64 number,
        uint64 timestamp,
        Quorum calldata quorum
    ) internal view returns (Signers memory signers) {
        uint8 rung = quorum.rung;
        _requireOpenRung(draw, number, timestamp, rung);
        bool isWhole = rung == LAST_RUNG;
        uint256 size = isWhole ? COMMITTEES * COMMITTEE_SIZE : COMMITTEE_SIZE;
        uint256[] calldata bitmap = quorum.signers;
        if (!bitmap.isOfSize(size)) revert IStateContract.MalformedBitmap();
        signers.count = bitmap.count();
        uint256 required = Committees.quorumOf(size);
        if (signers.count < required) revert IStateContract.NoQuorum(required, signers.count);

        signers.committee = isWhole ? 0 : _committeeOf(draw, number, rung);
        if (quorum.change.length == 0) {
            if (isWhole) revert IStateContract.UnknownSignerSet();
            signers.key = quorum.key;
            signers.groupHash = Payouts.hashGroup(quorum.membersHash);
            bytes26 set = Committees.hashSignerSet(
                draw.epochHash, signers.committee, quorum.membersHash, bitmap, signers.key
            );
            _requireKnownSet(draw.epoch, signers.committee, set);
        } else {
            ISignerSums.Group memory group =
                ISignerSums.Group(draw.epoch, draw.epochHash, signers.committee, isWhole);
            ISignerSums.Sum memory sum = MANAGEMENT.sumOf(group, bitmap, quorum.key, quorum.change);
            if (sum.baseSet != 0) _requireKnownSet(draw.epoch, signers.committee, sum.baseSet);
            signers.key = sum.key;
            signers.groupHash = sum.groupHash;
            signers.changedSet = sum.changedSet;
        }
    }

    /// @dev The committee of a packet: on rung 1 the next one in seed order.
    function _committeeOf(Draw memory draw, uint64 number, uint8 rung)
        internal
        view
        returns (uint256)
    {
        return (draw.offset + number + rung) % COMMITTEES;
    }

    /// @dev The position that earns the submitter's share of a packet, if its rank is open; else `NO_SEAT`.
    /// Whoever sends the transaction: a copy of it pays the same seat.
    function _submitterOf(Quorum calldata quorum, bytes32 digest, uint64 timestamp)
        internal
        view
        returns (uint32)
    {
        uint32 submitter = quorum.submitter;
        uint256 size = COMMITTEE_SIZE;
        if (submitter >= (quorum.rung == LAST_RUNG ? COMMITTEES * size : size)) {
            return Payouts.NO_SEAT;
        }
        uint256 rank = (submitter + size - uint256(digest) % size) % size;
        bool isOpen = rank * RANK_WINDOW <= block.timestamp - timestamp;
        return isOpen ? submitter : Payouts.NO_SEAT;
    }

    function _requireOpenRung(Draw memory draw, uint64 number, uint64 timestamp, uint8 rung)
        private
        view
    {
        if (timestamp > block.timestamp) {
            revert IStateContract.TimestampInFuture(block.timestamp, timestamp);
        }
        if (rung == 0) return;
        if (rung > LAST_RUNG || (rung == 1 && COMMITTEES == 1)) {
            revert IStateContract.NoSuchRung(rung);
        }
        uint256 least = rung == 1 ? T1_SECONDS : T2_SECONDS;
        if (rung == 1 && _isLagging(draw.epoch, _committeeOf(draw, number, 0))) least = 0;
        uint256 age = block.timestamp - timestamp;
        if (age < least) revert IStateContract.RungNotOpen(rung, least, age);
    }

    function _requireKnownSet(uint64 epoch, uint256 committee, bytes26 set) private view {
        if (set != _signerSetOf(epoch, committee)) revert IStateContract.UnknownSignerSet();
    }
}
