// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LastCharge, Turn} from "../types/Commit.sol";

/// @title What producers pay for packets that are not committed
/// @notice Made by the State Contract, which pays what passes the checks here. The quorum and the producer are
/// checked as at a commit, and refused with the same errors.
interface ICharges {
    /// @notice A charge takes a turn of one packet.
    error NotOnePacket(uint256 count);
    /// @notice The status is neither 0 nor 1.
    error NoSuchStatus(uint8 status);
    /// @notice The producer was charged for this or a later (view, number).
    error AlreadyCharged(uint64 viewNumber, uint64 number);
    /// @notice A packet with status 1 is charged only if another one was committed in its place.
    error PacketNotDead(bytes32 digest);

    /// @notice Charges a producer for a packet that is not committed, at most once a (view, number), in that order.
    /// @param headerWords Header of the packet, its 26 words.
    /// @param turn The producer, and the quorum for `status`: of its one packet only the quorum is read. The
    /// signature holds the producer's over status 1.
    /// @param status 0: the packet contradicts itself, and the producer is suspended. 1: another packet took its place.
    /// @param committed With status 1, the proof of the committed packet of that number; else empty.
    function charge(
        bytes calldata headerWords,
        Turn calldata turn,
        uint8 status,
        bytes calldata committed
    ) external;

    /// @notice The last packet that a producer was charged for.
    function lastCharge(address producer) external view returns (LastCharge memory);
}
