// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {ISlasher} from "./interfaces/ISlasher.sol";
import {BLS} from "./libraries/BLS.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Config} from "./types/Config.sol";
import {Member, Role} from "./types/Election.sol";
import {G1Point, G2Point} from "./types/Points.sol";

/// @title Members, their stakes and their positions in the tables of seats and producers
abstract contract MemberTables is IManagementContract {
    /// @dev Positions of one role; each holds the id of its member, or 0.
    struct Table {
        uint32 occupied;
        mapping(uint256 word => uint256 ids) words;
    }

    uint256 internal constant MAX_SEATS = 2048;
    /// @dev Each takes a slot when its epoch opens; with more, that could cost above 5 M gas.
    uint256 internal constant MAX_COMMITTEES = 64;
    uint32 internal constant PRODUCER_POSITIONS = 64;
    uint256 private constant BASIS_POINTS = 10_000;

    uint256 internal immutable COMMITTEES;
    uint256 internal immutable COMMITTEE_SIZE;
    uint256 private immutable SEAT_PRICE;
    uint256 private immutable PRODUCER_STAKE;
    uint256 private immutable DISPLACEMENT_MARGIN_BPS;
    uint64 private immutable EXIT_DELAY;

    /// @inheritdoc IManagementContract
    bytes32 public immutable override configHash;

    uint32 private _memberCount;
    mapping(uint32 id => Member member) internal _members;
    /// @inheritdoc IManagementContract
    mapping(bytes32 keyHash => uint32 id) public override idOf;
    mapping(Role role => Table table) internal _tables;

    constructor(Config memory config) {
        if (config.committees == 0 || config.committees > MAX_COMMITTEES) {
            revert InvalidConfig("committees");
        }
        if (config.committeeSize == 0 || config.committees * config.committeeSize > MAX_SEATS) {
            revert InvalidConfig("committeeSize");
        }
        if (config.seatPrice == 0) revert InvalidConfig("seatPrice");
        if (config.producerStake == 0) revert InvalidConfig("producerStake");
        if (config.exitDelay <= config.evidenceWindow) revert InvalidConfig("exitDelay");
        configHash = Encoding.hashConfig(config);
        COMMITTEES = config.committees;
        COMMITTEE_SIZE = config.committeeSize;
        SEAT_PRICE = config.seatPrice;
        PRODUCER_STAKE = config.producerStake;
        DISPLACEMENT_MARGIN_BPS = config.displacementMarginBps;
        EXIT_DELAY = config.exitDelay;
    }

    /// @inheritdoc IManagementContract
    function registerSeat(G1Point calldata key, G2Point calldata proof, uint32 position)
        external
        payable
        override
        returns (uint32)
    {
        return _register(Role.Endorser, key, proof, position);
    }

    /// @inheritdoc IManagementContract
    function registerProducer(G1Point calldata key, G2Point calldata proof, uint32 position)
        external
        payable
        override
        returns (uint32)
    {
        return _register(Role.Producer, key, proof, position);
    }

    /// @inheritdoc IManagementContract
    function topUp(uint32 id) external payable override {
        _freezeIfDue();
        Member storage member = _requireMember(id);
        if (member.leftBlock != 0 || member.ejectedBlock != 0) revert AlreadyLeft(id);
        uint256 stake = member.stake + msg.value;
        member.stake = Narrow.toUint128(stake);
        emit StakeIncreased(id, stake);
    }

    /// @inheritdoc IManagementContract
    function leaveTable(uint32 id) external override {
        _freezeIfDue();
        Member storage member = _requireMember(id);
        if (member.operator != msg.sender) revert NotOperator(id);
        if (member.leftBlock != 0) revert AlreadyLeft(id);
        Table storage table = _tables[member.role];
        _setId(table, member.position, 0);
        table.occupied -= 1;
        _leave(id, 0);
    }

    /// @inheritdoc IManagementContract
    function startExit(uint32 id) external override {
        Member storage member = _requireMember(id);
        if (member.leftBlock == 0) revert StillInTable(id);
        if (member.exitBlock != 0) revert ExitAlreadyStarted(id);
        if (_isInEpoch(member.leftBlock)) revert StillInEpoch(id);
        member.exitBlock = Narrow.toUint64(block.number) + EXIT_DELAY;
        emit ExitStarted(id, member.exitBlock);
    }

    /// @inheritdoc IManagementContract
    function withdrawStake(uint32 id) external override {
        Member storage member = _requireMember(id);
        uint64 exitBlock = member.exitBlock;
        if (exitBlock == 0 || block.number < exitBlock) revert StakeLocked(id, exitBlock);
        uint256 stake = member.stake;
        member.stake = 0;
        emit StakeWithdrawn(id, member.operator, stake);
        (bool success,) = member.operator.call{value: stake}("");
        if (!success) revert TransferFailed();
    }

    /// @inheritdoc IManagementContract
    function possessionMessage(address operator, bytes32 keyHash)
        public
        view
        override
        returns (bytes32)
    {
        return Encoding.computePossessionMessage(block.chainid, address(this), operator, keyHash);
    }

    /// @inheritdoc IManagementContract
    function memberOf(uint32 id) external view override returns (Member memory) {
        return _requireMember(id);
    }

    /// @inheritdoc IManagementContract
    function operatorOf(uint32 id) external view override returns (address) {
        return _members[id].operator;
    }

    /// @inheritdoc ISlasher
    function keyHashesOf(uint32[] calldata ids)
        external
        view
        override
        returns (bytes32[] memory keyHashes)
    {
        keyHashes = new bytes32[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            keyHashes[i] = _members[ids[i]].keyHash;
        }
    }

    /// @inheritdoc IManagementContract
    function tableOf(Role role) external view override returns (uint32[] memory) {
        return _listIds(role);
    }

    /// @inheritdoc IManagementContract
    function priceOf(Role role, uint32 position) public view override returns (uint256) {
        if (position >= _capacityOf(role)) revert NoSuchPosition(position);
        Member storage occupant = _members[_idAt(role, position)];
        uint256 base = _basePriceOf(role);
        if (occupant.operator == address(0) || occupant.ejectedBlock != 0) return base;
        // An operator that gives its own position another key brings the same stake again, and no margin.
        if (occupant.operator == msg.sender) return occupant.stake;
        uint256 margin = BASIS_POINTS + DISPLACEMENT_MARGIN_BPS;
        return (occupant.stake * margin + BASIS_POINTS - 1) / BASIS_POINTS;
    }

    /// @dev Least stake of a role, and what a slashed member of it loses.
    function _basePriceOf(Role role) internal view returns (uint256) {
        return role == Role.Endorser ? SEAT_PRICE : PRODUCER_STAKE;
    }

    /// @dev Freezes the tables if that is due, before anything in them changes.
    function _freezeIfDue() internal virtual returns (bool);

    /// @dev Whether a member that left at `leftBlock` is in the tables of an epoch in use or to come.
    function _isInEpoch(uint64 leftBlock) internal view virtual returns (bool);

    /// @dev The ids of a table by position.
    function _listIds(Role role) internal view returns (uint32[] memory ids) {
        ids = new uint32[](_capacityOf(role));
        for (uint32 i = 0; i < ids.length; ++i) {
            ids[i] = _idAt(role, i);
        }
    }

    function _capacityOf(Role role) internal view returns (uint32) {
        return
            role == Role.Endorser
                ? Narrow.toUint32(COMMITTEES * COMMITTEE_SIZE)
                : PRODUCER_POSITIONS;
    }

    function _register(Role role, G1Point calldata key, G2Point calldata proof, uint32 position)
        private
        returns (uint32 id)
    {
        _freezeIfDue();
        uint256 price = priceOf(role, position);
        if (msg.value < price) revert StakeTooLow(msg.value, price);
        bytes32 keyHash = BLS.hashKey(key);
        if (idOf[keyHash] != 0) revert KeyAlreadyRegistered(keyHash);
        if (!BLS.verifyPossession(key, possessionMessage(msg.sender, keyHash), proof)) {
            revert InvalidPossessionProof();
        }

        id = ++_memberCount;
        idOf[keyHash] = id;
        Member storage member = _members[id];
        member.keyHash = keyHash;
        member.operator = msg.sender;
        member.position = position;
        member.role = role;
        member.stake = Narrow.toUint128(msg.value);
        _takePosition(role, position, id);
        emit MemberRegistered(id, role, msg.sender, position, msg.value, key);
    }

    function _takePosition(Role role, uint32 position, uint32 id) private {
        Table storage table = _tables[role];
        uint32 occupant = _idAt(role, position);
        if (occupant == 0) {
            table.occupied += 1;
        } else {
            _leave(occupant, id);
        }
        _setId(table, position, id);
    }

    function _leave(uint32 id, uint32 displacedBy) private {
        _members[id].leftBlock = Narrow.toUint64(block.number);
        emit PositionLeft(id, displacedBy);
    }

    function _idAt(Role role, uint32 position) private view returns (uint32) {
        return PackedIds.idIn(_tables[role].words[position / PackedIds.PER_WORD], position);
    }

    function _setId(Table storage table, uint32 position, uint32 id) private {
        uint256 index = position / PackedIds.PER_WORD;
        table.words[index] = PackedIds.withId(table.words[index], position, id);
    }

    function _requireMember(uint32 id) private view returns (Member storage member) {
        member = _members[id];
        if (member.operator == address(0)) revert NoSuchMember(id);
    }
}
