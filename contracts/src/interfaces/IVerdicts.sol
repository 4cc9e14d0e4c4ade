// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the State Contract needs of the fault contract
interface IVerdicts {
    /// @notice Whether a packet was proven, or judged, invalid.
    function isInvalid(bytes32 digest) external view returns (bool);
}
