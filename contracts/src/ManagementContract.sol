// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MemberTables} from "./MemberTables.sol";
import {SignerSums} from "./SignerSums.sol";
import {SlashQueue} from "./SlashQueue.sol";
import {IBridgeFund} from "./interfaces/IBridgeFund.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Committees} from "./libraries/Committees.sol";
import {L1Headers} from "./libraries/L1Headers.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Schedule} from "./libraries/Schedule.sol";
import {Config} from "./types/Config.sol";
import {Election, Epoch, FrozenTable, Member, Role, ScheduleEntry} from "./types/Election.sol";
import {G1Point} from "./types/Points.sol";

/// @title Management Contract: the epochs, on top of the tables of members
/// @notice Boundary → freeze → seed block → open → activation; nobody can join after seeing the seed.
/// There is no administrator, and nothing can be changed after deployment.
contract ManagementContract is SlashQueue, SignerSums {
    using Bitmaps for uint256[];

    /// @dev Epochs kept: a packet's anchor is at most 1800 blocks old when it is committed.
    uint64 private constant KEPT_EPOCHS = 4;
    /// @dev Distance of the seed blocks that serve when the first one's header was not shown in time.
    uint256 private constant SEED_STEP = 4096;
    uint256 private constant LAST_EPOCH_SHIFT = 192;
    uint256 private constant ACTIVATION_BITS = 48;
    uint256 private constant ACTIVATION_MASK = 2 ** ACTIVATION_BITS - 1;

    uint256 private immutable START_BLOCK;
    uint256 private immutable EPOCH_BLOCKS;
    uint256 private immutable SEED_DELAY;
    uint256 private immutable ACTIVATION_DELAY;

    /// @inheritdoc IManagementContract
    uint64 public override boundary;
    /// @dev Number of the newest epoch in the top 64 bits; the activation block of the epoch in ring slot `i` in the
    /// 48 bits from bit `48 · i`. One word, because every commit reads it.
    uint256 private _activations;
    FrozenTable private _frozen;
    Epoch[KEPT_EPOCHS] private _epochs;
    /// @dev Bit `c` of a ring slot: committee `c` is open.
    uint256[KEPT_EPOCHS] private _openCommittees;
    mapping(uint256 slot => mapping(uint256 committee => bytes32)) private _committeeHashes;

    constructor(Config memory config, address faults_, IBridgeFund bridge_)
        MemberTables(config)
        SlashQueue(config, faults_, bridge_)
    {
        if (config.epochBlocks == 0) revert InvalidConfig("epochBlocks");
        if (config.seedDelay == 0) revert InvalidConfig("seedDelay");
        START_BLOCK = block.number;
        EPOCH_BLOCKS = config.epochBlocks;
        SEED_DELAY = config.seedDelay;
        ACTIVATION_DELAY = config.activationDelay;
        boundary = Narrow.toUint64(block.number);
    }

    /// @inheritdoc IManagementContract
    function freeze() external override {
        if (!_freezeIfDue()) revert FreezeNotDue(boundary);
    }

    /// @inheritdoc IManagementContract
    function openEpoch(bytes calldata headerRlp, uint256[] calldata seats) external override {
        uint64 seedNumber = seedBlock();
        if (keccak256(headerRlp) != L1Headers.hashOf(seedNumber)) {
            revert WrongSeedHeader(seedNumber);
        }
        if (PackedIds.hash(seats) != _frozen.seatsHash) revert WrongMembers();
        bytes32 seed = L1Headers.readPrevRandao(headerRlp);

        uint64 epoch = lastEpoch() + 1;
        uint64 activationBlock = Narrow.toUint48(block.number + ACTIVATION_DELAY);
        uint256 slot = epoch % KEPT_EPOCHS;
        _noteActivation(epoch, slot, activationBlock);
        _epochs[slot] = Epoch({
            seed: seed,
            scheduleRoot: _frozen.scheduleRoot,
            totalStake: _frozen.totalStake,
            freezeBlock: _frozen.freezeBlock,
            activationBlock: activationBlock
        });
        _openCommittees[slot] = 0;
        delete _frozen;

        uint256[] memory ids = PackedIds.unpack(seats, COMMITTEES * COMMITTEE_SIZE);
        Committees.shuffle(ids, seed);
        for (uint256 i = 0; i < COMMITTEES; ++i) {
            uint256[] memory members = PackedIds.pack(ids, i * COMMITTEE_SIZE, COMMITTEE_SIZE);
            _committeeHashes[slot][i] = PackedIds.hash(members);
        }
        emit EpochOpened(epoch, seedNumber, seed, activationBlock);
    }

    /// @inheritdoc IManagementContract
    function openCommittee(
        uint64 epoch,
        uint32 committee,
        uint256[] calldata members,
        G1Point[] calldata keys
    ) external override {
        _requireKept(epoch);
        uint256 slot = epoch % KEPT_EPOCHS;
        // Once it is open, its hash is another one, whose words are no ids.
        if (_isOpen(slot, committee)) revert CommitteeIsOpen(epoch, committee);
        bytes32 membersHash = PackedIds.hash(members);
        if (_committeeHashes[slot][committee] != membersHash) revert WrongMembers();
        if (keys.length != COMMITTEE_SIZE) revert WrongMembers();

        G1Point memory sum;
        uint256[] memory ejected;
        uint256 freezeBlock = _epochs[slot].freezeBlock;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint32 id = PackedIds.idAt(members, i);
            Member storage member = _members[id];
            if (_isEjected(member, freezeBlock)) {
                if (ejected.length == 0) ejected = Bitmaps.make(COMMITTEE_SIZE);
                ejected.insert(i);
            } else if (BLS.addKey(sum, keys[i], false) != member.keyHash) {
                revert WrongKey(id);
            }
        }
        _committeeHashes[slot][committee] =
            Committees.hashOpened(_hashEpoch(epoch), committee, membersHash, ejected, sum);
        _openCommittees[slot] |= 2 ** committee;
        emit CommitteeOpened(epoch, committee, ejected, sum);
    }

    /// @inheritdoc IManagementContract
    function frozenTable() external view override returns (FrozenTable memory) {
        return _frozen;
    }

    /// @inheritdoc IManagementContract
    function seedBlock() public view override returns (uint64) {
        if (_frozen.freezeBlock == 0) revert NothingFrozen();
        uint256 first = _frozen.freezeBlock + SEED_DELAY;
        uint256 served = first + L1Headers.SERVED_BLOCKS;
        if (block.number <= served) return Narrow.toUint64(first);
        uint256 steps = (block.number - served + SEED_STEP - 1) / SEED_STEP;
        return Narrow.toUint64(first + steps * SEED_STEP);
    }

    /// @inheritdoc IManagementContract
    function epochOf(uint64 epoch) external view override returns (Epoch memory) {
        _requireKept(epoch);
        return _epochs[epoch % KEPT_EPOCHS];
    }

    /// @inheritdoc IManagementContract
    function lastEpoch() public view override returns (uint64) {
        // The top 64 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_activations >> LAST_EPOCH_SHIFT);
    }

    /// @inheritdoc IManagementContract
    function epochNumberAt(uint64 l1Number) public view override returns (uint64) {
        uint256 activations = _activations;
        uint256 last = activations >> LAST_EPOCH_SHIFT;
        uint256 first = last > KEPT_EPOCHS ? last - KEPT_EPOCHS : 0;
        for (uint256 number = last; number > first; --number) {
            uint256 activation =
                (activations >> (ACTIVATION_BITS * (number % KEPT_EPOCHS))) & ACTIVATION_MASK;
            if (activation <= l1Number) return Narrow.toUint64(number);
        }
        revert NoActiveEpoch(l1Number);
    }

    /// @inheritdoc IManagementContract
    function epochAt(uint64 l1Number) external view override returns (uint64, Epoch memory) {
        uint64 number = epochNumberAt(l1Number);
        return (number, _epochs[number % KEPT_EPOCHS]);
    }

    /// @inheritdoc IManagementContract
    function committeeHash(uint64 epoch, uint32 committee)
        external
        view
        override
        returns (bytes32)
    {
        return _committeeHash(epoch, committee);
    }

    /// @inheritdoc IManagementContract
    function isCommitteeOpen(uint64 epoch, uint32 committee) external view override returns (bool) {
        _requireKept(epoch);
        return _isOpen(epoch % KEPT_EPOCHS, committee);
    }

    function _committeeHash(uint64 epoch, uint32 committee)
        internal
        view
        override
        returns (bytes32)
    {
        _requireKept(epoch);
        return _committeeHashes[epoch % KEPT_EPOCHS][committee];
    }

    /// @dev Freezes both tables for the next epoch, if it is due; before any change, so that changes wait.
    function _freezeIfDue() internal override returns (bool) {
        if (block.number < boundary || _frozen.freezeBlock != 0) return false;
        if (_tables[Role.Endorser].occupied != _capacityOf(Role.Endorser)) return false;
        ScheduleEntry[] memory schedule = _makeSchedule();
        if (schedule.length == 0) return false;

        uint256[] memory seats = _listSeatWords();
        _frozen = FrozenTable({
            freezeBlock: Narrow.toUint64(block.number),
            totalStake: schedule[schedule.length - 1].end,
            seatsHash: PackedIds.hash(seats),
            scheduleRoot: Schedule.computeRoot(schedule)
        });
        uint256 passed = (block.number - START_BLOCK) / EPOCH_BLOCKS;
        boundary = Narrow.toUint64(START_BLOCK + (passed + 1) * EPOCH_BLOCKS);
        emit TablesFrozen(lastEpoch() + 1, Narrow.toUint64(block.number), seats, schedule);
        return true;
    }

    /// @dev A member that leaves in the block of a freeze counts as frozen.
    function _isInEpoch(uint64 leftBlock) internal view override returns (bool) {
        if (_frozen.freezeBlock != 0 && _frozen.freezeBlock <= leftBlock) return true;
        uint64 last = lastEpoch();
        if (last == 0) return false;
        Epoch storage newest = _epochs[last % KEPT_EPOCHS];
        return newest.freezeBlock <= leftBlock || block.number < newest.activationBlock;
    }

    function _makeSchedule() private view returns (ScheduleEntry[] memory schedule) {
        uint32[] memory ids = _listIds(Role.Producer);
        schedule = new ScheduleEntry[](_countProducers(ids));
        uint128 stake = 0;
        uint256 count = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            Member storage member = _members[ids[i]];
            if (ids[i] == 0 || member.ejectedBlock != 0) continue;
            uint128 end = stake + member.stake;
            schedule[count++] = ScheduleEntry(member.operator, member.keyHash, stake, end);
            stake = end;
        }
    }

    function _countProducers(uint32[] memory ids) private view returns (uint256 count) {
        for (uint256 i = 0; i < ids.length; ++i) {
            if (ids[i] != 0 && _members[ids[i]].ejectedBlock == 0) ++count;
        }
    }

    /// @dev Whether a member was slashed before the tables were frozen, or in the block of the freeze.
    function _isEjected(Member storage member, uint256 freezeBlock) private view returns (bool) {
        uint256 ejectedBlock = member.ejectedBlock;
        return ejectedBlock != 0 && ejectedBlock <= freezeBlock;
    }

    function _listSeatWords() private view returns (uint256[] memory words) {
        words = new uint256[](PackedIds.wordsFor(_capacityOf(Role.Endorser)));
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = _tables[Role.Endorser].words[i];
        }
    }

    function _requireKept(uint64 epoch) private view {
        uint64 last = lastEpoch();
        if (epoch == 0 || epoch > last || last - epoch >= KEPT_EPOCHS) {
            revert EpochNotKept(epoch);
        }
    }

    function _noteActivation(uint64 epoch, uint256 slot, uint256 activationBlock) private {
        uint256 shift = ACTIVATION_BITS * slot;
        uint256 others = _activations & (2 ** LAST_EPOCH_SHIFT - 1) & ~(ACTIVATION_MASK << shift);
        _activations = (uint256(epoch) << LAST_EPOCH_SHIFT) | others | (activationBlock << shift);
    }

    function _isOpen(uint256 slot, uint256 committee) private view returns (bool) {
        return (_openCommittees[slot] >> committee) & 1 == 1;
    }

    function _hashEpoch(uint64 epoch) private view returns (bytes32) {
        Epoch storage kept = _epochs[epoch % KEPT_EPOCHS];
        Election memory election = Election(kept.seed, kept.scheduleRoot, kept.totalStake);
        return Committees.hashEpoch(epoch, election);
    }
}
