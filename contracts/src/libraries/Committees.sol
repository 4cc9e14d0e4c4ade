// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Election} from "../types/Election.sol";
import {G1Point} from "../types/Points.sol";

/// @title Committees of an epoch
library Committees {
    /// @notice Shuffles ids in place by Fisher–Yates: for i = N-1 … 1, swap i with keccak(seed, i) mod (i + 1).
    function shuffle(uint256[] memory ids, bytes32 seed) internal pure {
        for (uint256 left = ids.length; left > 1; --left) {
            uint256 i = left - 1;
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % left;
            (ids[i], ids[j]) = (ids[j], ids[i]);
        }
    }

    /// @notice Computes the committee of a packet: on rung 1 the next one in seed order.
    /// @param seed Seed of the packet's epoch.
    /// @param count Committees of the epoch.
    /// @param number Number of the packet.
    /// @param rung 0 or 1.
    function indexOf(bytes32 seed, uint256 count, uint256 number, uint256 rung)
        internal
        pure
        returns (uint256)
    {
        uint256 offset = uint256(keccak256(abi.encode(seed, "offset"))) % count;
        return (offset + number + rung) % count;
    }

    /// @notice Computes the quorum of a group: two thirds, rounded up.
    function quorumOf(uint256 size) internal pure returns (uint256) {
        return (2 * size + 2) / 3;
    }

    /// @notice Hashes an epoch: its number and what its election follows from.
    function hashEpoch(uint64 epoch, Election memory election) internal pure returns (bytes32) {
        return keccak256(abi.encode(epoch, election));
    }

    /// @notice Hashes an opened committee.
    /// @param epochHash `hashEpoch` of its epoch.
    /// @param index Index of the committee.
    /// @param membersHash keccak of its members' ids.
    /// @param ejected Bitmap of the members that count as absent; empty if none does.
    /// @param key Sum of the others' keys.
    function hashOpened(
        bytes32 epochHash,
        uint256 index,
        bytes32 membersHash,
        uint256[] memory ejected,
        G1Point memory key
    ) internal pure returns (bytes32) {
        bytes32 ejectedHash = keccak256(abi.encodePacked(ejected));
        return keccak256(abi.encode(epochHash, index, membersHash, ejectedHash, key));
    }

    /// @notice Hashes the signers of a committee's commit, with the sum of their keys.
    /// @param epochHash `hashEpoch` of its epoch.
    /// @param committee Index of the committee.
    /// @param membersHash keccak of its members' ids.
    /// @param bitmap Who signed.
    /// @param key Sum of their keys.
    function hashSignerSet(
        bytes32 epochHash,
        uint256 committee,
        bytes32 membersHash,
        uint256[] calldata bitmap,
        G1Point memory key
    ) internal pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(epochHash, committee, membersHash, bitmap, key)));
    }
}
