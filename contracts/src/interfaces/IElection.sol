// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Epoch} from "../types/Election.sol";

/// @title What the appeals need of the Management Contract
interface IElection {
    /// @notice The epoch of a packet with this anchor.
    function epochAt(uint64 l1Number) external view returns (uint64 number, Epoch memory epoch);

    /// @notice Hash of an opened committee (`Committees.hashOpened`), or of the members of one not opened yet.
    function committeeHash(uint64 epoch, uint32 committee) external view returns (bytes32);

    /// @notice Key hashes of members, in the order of the ids.
    function keyHashesOf(uint32[] calldata ids) external view returns (bytes32[] memory);
}
