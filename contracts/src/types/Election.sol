// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice What a registered key is for; a key has one role for good.
enum Role {
    Endorser,
    Producer
}

/// @notice A registered key with its stake. Its id, key and operator never change.
struct Member {
    /// keccak of the key's 128 bytes.
    bytes32 keyHash;
    /// Address that registered the key and receives its stake and rewards.
    address operator;
    /// Place in the table of its role; meaningless once `leftBlock` is set.
    uint32 position;
    /// What the key is for.
    Role role;
    /// L1 block in which it was slashed, from whose next freeze on it counts as absent; 0 if it was not.
    uint48 ejectedBlock;
    /// Stake, wei.
    uint128 stake;
    /// L1 block in which it left its table by its own wish or displaced; 0 while it has its place.
    uint64 leftBlock;
    /// L1 block from which the stake can be withdrawn; 0 until the exit started.
    uint64 exitBlock;
}

/// @notice Slashed stake that is not paid out yet.
struct Slash {
    /// Who reported the offence.
    address reporter;
    /// L1 block from which it is paid out.
    uint64 payableBlock;
    /// Sum of what the members lost, wei.
    uint128 amount;
}

/// @notice A producer's part of the schedule: the interval `[start, end)` of the cumulative stakes.
/// @dev Item of the schedule's Merkle tree: operator ‖ keyHash ‖ start ‖ end, 84 bytes.
struct ScheduleEntry {
    /// Address of the producer.
    address operator;
    /// keccak of its key's 128 bytes.
    bytes32 keyHash;
    /// Sum of the stakes before this one, wei.
    uint128 start;
    /// `start` plus its own stake, wei.
    uint128 end;
}

/// @notice The tables as frozen at an epoch's boundary, until its seed is shown.
struct FrozenTable {
    /// L1 block of the freeze; 0 if no frozen table waits for its seed.
    uint64 freezeBlock;
    /// Sum of the producers' stakes, wei.
    uint128 totalStake;
    /// keccak of the seats' ids by position, as in `PackedIds`.
    bytes32 seatsHash;
    /// Merkle root of the producers' schedule.
    bytes32 scheduleRoot;
}

/// @notice An opened epoch.
struct Epoch {
    /// PREVRANDAO of the seed block.
    bytes32 seed;
    /// Merkle root of the producers' schedule.
    bytes32 scheduleRoot;
    /// Sum of the producers' stakes, wei.
    uint128 totalStake;
    /// L1 block in which the tables were frozen.
    uint64 freezeBlock;
    /// First L1 anchor of the epoch's packets.
    uint64 activationBlock;
}

/// @notice What the election of an epoch's committees and producers follows from; its hash is in every committee's.
struct Election {
    /// PREVRANDAO of the seed block.
    bytes32 seed;
    /// Merkle root of the producers' schedule.
    bytes32 scheduleRoot;
    /// Sum of the producers' stakes, wei.
    uint128 totalStake;
}
