// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the fault contract needs of the Management Contract
interface ISlasher {
    /// @notice Queues the slash of members, each of which loses its price once and for good; the rest are skipped.
    /// @param ids Ids of the members.
    /// @param offence What they did, by which the slash is known until it is executed.
    /// @param reporter Who is rewarded.
    /// @return count Members that are slashed by this call.
    function queueSlash(uint32[] calldata ids, bytes32 offence, address reporter)
        external
        returns (uint256 count);

    /// @notice Key hashes of members, in the order of the ids; zero for an id that names none.
    function keyHashesOf(uint32[] calldata ids) external view returns (bytes32[] memory);
}
