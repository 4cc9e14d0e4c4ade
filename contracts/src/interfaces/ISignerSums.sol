// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../types/Points.sol";

/// @title Sums of signers' keys, counted from another set
/// @notice The State Contract asks where a committee's signers changed; refuses with its errors.
interface ISignerSums {
    /// @notice The change is not ABI-encoded.
    error MalformedChange();

    /// @notice The members among whom the signers are: one committee, or all of them in their order.
    struct Group {
        /// Number of the epoch.
        uint64 epoch;
        /// `Committees.hashEpoch` of it.
        bytes32 epochHash;
        /// The committee; 0 for all.
        uint256 committee;
        /// Whether it is all.
        bool isWhole;
    }

    /// @notice Who signed.
    struct Sum {
        /// Sum of the signers' keys.
        G1Point key;
        /// `Payouts.hashGroup` of the members.
        bytes32 groupHash;
        /// Hash of the signer set that was started from, which the caller must know; 0 for the whole group.
        bytes26 baseSet;
        /// Hash of the signers' set; 0 for all committees.
        bytes26 changedSet;
    }

    /// @notice Sums up the keys of signers.
    /// @param group The members.
    /// @param signers Bitmap of those that signed, one bit a member.
    /// @param baseKey Sum of the keys of the set to start from; ignored where that is the whole group.
    /// @param encodedChange The ABI-encoded `SignerChange`.
    function sumOf(
        Group calldata group,
        uint256[] calldata signers,
        G1Point calldata baseKey,
        bytes calldata encodedChange
    ) external view returns (Sum memory);
}
