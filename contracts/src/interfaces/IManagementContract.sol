// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Epoch, FrozenTable, Member, Role, ScheduleEntry, Slash} from "../types/Election.sol";
import {G1Point, G2Point} from "../types/Points.sol";
import {IBridgeFund} from "./IBridgeFund.sol";
import {ISignerSums} from "./ISignerSums.sol";
import {ISlasher} from "./ISlasher.sol";

/// @title Stake, keys and the election of committees and producers
/// @notice Members take positions in two tables, of seats and of producers. At an epoch's boundary both are
/// frozen; the randomness of a later L1 block, fixed by its number, shuffles the seats into committees.
interface IManagementContract is ISlasher, ISignerSums {
    /// @notice A key was registered and took a position.
    event MemberRegistered(
        uint32 indexed id,
        Role indexed role,
        address indexed operator,
        uint32 position,
        uint256 stake,
        G1Point key
    );
    /// @notice A member's stake was increased to `stake`.
    event StakeIncreased(uint32 indexed id, uint256 stake);
    /// @notice A member left its position, displaced by the member `displacedBy` or, if that is 0, by its own wish.
    event PositionLeft(uint32 indexed id, uint32 displacedBy);
    /// @notice The exit of a member started; its stake is free from `exitBlock` on.
    event ExitStarted(uint32 indexed id, uint64 exitBlock);
    /// @notice A member's stake was paid to its operator.
    event StakeWithdrawn(uint32 indexed id, address indexed operator, uint256 stake);
    /// @notice The tables were frozen for `epoch`: ids of the seats by position as in
    /// `PackedIds`, and the producers' schedule.
    event TablesFrozen(
        uint64 indexed epoch, uint64 freezeBlock, uint256[] seats, ScheduleEntry[] schedule
    );
    /// @notice `epoch` was opened with the PREVRANDAO of `seedBlock`.
    event EpochOpened(uint64 indexed epoch, uint64 seedBlock, bytes32 seed, uint64 activationBlock);
    /// @notice The key of a committee was summed up, of all members but the `ejected`.
    event CommitteeOpened(
        uint64 indexed epoch, uint32 indexed committee, uint256[] ejected, G1Point key
    );
    /// @notice A member was slashed by `amount`; from the next freeze on it counts as absent.
    event MemberEjected(uint32 indexed id, uint256 amount);
    /// @notice Slashed stake waits for `payableBlock`.
    event SlashQueued(
        uint256 indexed number,
        bytes32 indexed offence,
        address indexed reporter,
        uint256 amount,
        uint64 payableBlock
    );
    /// @notice Slashed stake was paid out: to the bridge, to the reporter, and burned.
    event SlashPaid(uint256 indexed number, uint256 refilled, uint256 reward, uint256 burned);

    /// @notice A parameter of the network is outside its range.
    error InvalidConfig(string parameter);
    /// @notice The key is already registered, in whichever role.
    error KeyAlreadyRegistered(bytes32 keyHash);
    /// @notice The signature does not prove possession of the key for this operator.
    error InvalidPossessionProof();
    /// @notice The table has no such position.
    error NoSuchPosition(uint256 position);
    /// @notice The stake is below what the position costs.
    error StakeTooLow(uint256 stake, uint256 required);
    /// @notice The sender is not the member's operator.
    error NotOperator(uint32 id);
    /// @notice The id names no member.
    error NoSuchMember(uint32 id);
    /// @notice The member has left its table already.
    error AlreadyLeft(uint32 id);
    /// @notice The member still has its position.
    error StillInTable(uint32 id);
    /// @notice An epoch in use, or waiting for its seed, has the member in its tables.
    error StillInEpoch(uint32 id);
    /// @notice The exit has started already.
    error ExitAlreadyStarted(uint32 id);
    /// @notice The stake is locked until `exitBlock`; 0 if the exit has not started.
    error StakeLocked(uint32 id, uint64 exitBlock);
    /// @notice The sender is not the fault contract.
    error NotFaultContract(address sender);
    /// @notice No slash of this number waits.
    error NoSuchSlash(uint256 number);
    /// @notice The slash is paid out from `payableBlock` on.
    error SlashLocked(uint256 number, uint64 payableBlock);
    /// @notice The transfer of ETH failed.
    error TransferFailed();
    /// @notice The tables cannot be frozen: not due before `boundary`, a seat or the schedule is empty, or a seed is awaited.
    error FreezeNotDue(uint64 boundary);
    /// @notice No frozen table waits for its seed.
    error NothingFrozen();
    /// @notice The header is not that of the seed block.
    error WrongSeedHeader(uint64 seedBlock);
    /// @notice The ids are not those that were frozen, or not of this committee.
    error WrongMembers();
    /// @notice The committee has been opened already.
    error CommitteeIsOpen(uint64 epoch, uint32 committee);
    /// @notice The key is not that of the member.
    error WrongKey(uint32 id);
    /// @notice The epoch is not opened, or no longer kept.
    error EpochNotKept(uint64 epoch);
    /// @notice No kept epoch is active at the anchor.
    error NoActiveEpoch(uint64 l1Number);

    /// @notice Registers an endorser's key with the sent ETH as its stake and puts it at `position`.
    /// @dev An empty position costs the seat price, and so does that of an ejected member; an occupied one the
    /// occupant's stake and the margin more. An operator that takes its own position gives it another key: it brings
    /// the same stake again, and the old one stays slashable until its exit.
    /// @param key Public key.
    /// @param proof Signature under the possession tag over `possessionMessage(msg.sender, keccak256(key))`.
    /// @param position Position in the table of seats.
    /// @return id Id of the new member.
    function registerSeat(G1Point calldata key, G2Point calldata proof, uint32 position)
        external
        payable
        returns (uint32 id);

    /// @notice Registers a producer's key, as `registerSeat` does an endorser's.
    function registerProducer(G1Point calldata key, G2Point calldata proof, uint32 position)
        external
        payable
        returns (uint32 id);

    /// @notice Adds the sent ETH to the stake of a member that has its position.
    function topUp(uint32 id) external payable;

    /// @notice Leaves the position, which stays empty until somebody takes it.
    function leaveTable(uint32 id) external;

    /// @notice Starts the exit of a member that left or was displaced, once the newest epoch is active without it.
    function startExit(uint32 id) external;

    /// @notice Pays the stake to the operator when the exit delay is over.
    function withdrawStake(uint32 id) external;

    /// @notice Freezes the tables, if a boundary has passed, no frozen table waits, all seats are taken and
    /// there is a producer. Every change of a table does this first.
    function freeze() external;

    /// @notice Opens the next epoch.
    /// @param headerRlp RLP of the L1 header of `seedBlock()`.
    /// @param seats Ids of the frozen seats by position, as in `PackedIds`.
    function openEpoch(bytes calldata headerRlp, uint256[] calldata seats) external;

    /// @notice Sums up the key of a committee, once an epoch, before its first commit.
    /// @param epoch Number of the epoch.
    /// @param committee Index of the committee.
    /// @param members Ids of its members in seed order, as in `PackedIds`.
    /// @param keys Their keys.
    function openCommittee(
        uint64 epoch,
        uint32 committee,
        uint256[] calldata members,
        G1Point[] calldata keys
    ) external;

    /// @notice keccak of the ABI-encoded `Config`.
    function configHash() external view returns (bytes32);

    /// @notice Message that proves possession of a key: keccak of L1 chain id, this contract, operator, key hash.
    function possessionMessage(address operator, bytes32 keyHash) external view returns (bytes32);

    /// @notice A member by its id.
    function memberOf(uint32 id) external view returns (Member memory);

    /// @notice Operator of a member.
    function operatorOf(uint32 id) external view returns (address);

    /// @notice Id of a key's member; 0 if the key is not registered.
    function idOf(bytes32 keyHash) external view returns (uint32);

    /// @notice Ids of the table of a role by position; 0 is an empty position.
    function tableOf(Role role) external view returns (uint32[] memory);

    /// @notice Pays out slashed stake: what the bridge lacks, then a quarter to the reporter, the rest is burned.
    function paySlash(uint256 number) external;

    /// @notice Slashed stake that waits; empty once it is paid out.
    function slashAt(uint256 number) external view returns (Slash memory);

    /// @notice Slashes so far; they are numbered from 0.
    function slashCount() external view returns (uint256);

    /// @notice The one contract that may slash; fixed at deployment.
    function faults() external view returns (address);

    /// @notice What slashed stake refills first; zero if there is no bridge.
    function bridge() external view returns (IBridgeFund);

    /// @notice Stake that the sender must bring to a position, wei.
    function priceOf(Role role, uint32 position) external view returns (uint256);

    /// @notice First L1 block at which the tables of the next epoch can be frozen.
    function boundary() external view returns (uint64);

    /// @notice The frozen tables that wait for their seed.
    function frozenTable() external view returns (FrozenTable memory);

    /// @notice L1 block whose header `openEpoch` takes in this block: the earliest readable one of the fixed ladder.
    function seedBlock() external view returns (uint64);

    /// @notice Number of the newest opened epoch; 0 before the first.
    function lastEpoch() external view returns (uint64);

    /// @notice A kept epoch by its number.
    function epochOf(uint64 epoch) external view returns (Epoch memory);

    /// @notice Number of the epoch of a packet with this anchor.
    function epochNumberAt(uint64 l1Number) external view returns (uint64);

    /// @notice The epoch of a packet with this anchor.
    function epochAt(uint64 l1Number) external view returns (uint64 number, Epoch memory epoch);

    /// @notice Hash of an opened committee (`Committees.hashOpened`), or of the members of one not opened yet.
    function committeeHash(uint64 epoch, uint32 committee) external view returns (bytes32);

    /// @notice Whether a committee of a kept epoch has been opened.
    function isCommitteeOpen(uint64 epoch, uint32 committee) external view returns (bool);
}
