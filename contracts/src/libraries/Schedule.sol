// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ScheduleEntry} from "../types/Election.sol";
import {Merkle} from "./Merkle.sol";

/// @title The producers' schedule of an epoch
/// @notice A view belongs to the producer in whose interval of the cumulative stakes its ticket falls.
library Schedule {
    /// @notice Computes the ticket of a view.
    function ticketOf(bytes32 seed, uint256 viewNumber, uint256 totalStake)
        internal
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(seed, "producer", viewNumber))) % totalStake;
    }

    /// @notice Hashes an entry as a leaf of the schedule's Merkle tree.
    function hashEntry(ScheduleEntry memory entry) internal pure returns (bytes32) {
        return
            Merkle.hashLeaf(abi.encodePacked(entry.operator, entry.keyHash, entry.start, entry.end));
    }

    /// @notice Computes the Merkle root of the entries.
    function computeRoot(ScheduleEntry[] memory entries) internal pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            leaves[i] = hashEntry(entries[i]);
        }
        return Merkle.computeRoot(leaves);
    }
}
