// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The commitments to the 256 unit vectors, as the code of a contract
/// @notice Its code is nothing but the points, affine, 96 bytes each; it is read and never called.
contract LagrangePoints {
    /// @notice The points are not those that follow from the ceremony.
    error WrongPoints();

    bytes32 private constant POINTS_HASH =
        0x7f592be207fa6e95698f63c5ee92f0ac402f98ca0d250fff0250d2ed1ae7256b;

    constructor(bytes memory points) {
        if (keccak256(points) != POINTS_HASH) revert WrongPoints();
        assembly ("memory-safe") {
            return(add(points, 32), mload(points))
        }
    }
}
