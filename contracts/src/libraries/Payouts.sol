// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PackedIds} from "./PackedIds.sol";

/// @title Hashes of payouts, of which a ring slot keeps one
library Payouts {
    /// @notice Hashes the members of a group: keccak of the hashes of its committees' ids.
    function hashGroup(uint256[][] calldata members) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            hashes[i] = PackedIds.hash(members[i]);
        }
        return hashGroup(hashes);
    }

    /// @notice Hashes the members of a group, whose committees' ids are hashed already.
    function hashGroup(bytes32[] memory membersHashes) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(membersHashes));
    }

    /// @notice Hashes a record, to 28 bytes.
    function hashRecord(
        bytes32 digest,
        bytes32 groupHash,
        uint256[] memory signers,
        uint256[] memory claimed,
        uint96 share
    ) internal pure returns (bytes28) {
        bytes32 signersHash = keccak256(abi.encodePacked(signers));
        bytes32 claimedHash = keccak256(abi.encodePacked(claimed));
        return bytes28(keccak256(abi.encode(digest, groupHash, signersHash, claimedHash, share)));
    }
}
