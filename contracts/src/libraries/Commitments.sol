// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../types/Points.sol";
import {BLS} from "./BLS.sol";
import {KZG} from "./KZG.sol";

/// @title Changes of a commitment: C + Σ delta · L, with L the commitments to the unit vectors
library Commitments {
    /// @notice The account's code is not that of `LagrangePoints`.
    error NoLagrangePoints(address account);

    /// @dev keccak of the points, which are the code.
    bytes32 private constant POINTS_HASH =
        0x7f592be207fa6e95698f63c5ee92f0ac402f98ca0d250fff0250d2ed1ae7256b;

    /// @notice Refuses an account whose code is not the points.
    function requirePoints(address points) internal view {
        if (points.codehash != POINTS_HASH) revert NoLagrangePoints(points);
    }

    /// @notice Memory for the changes of up to `count` entries of a vector.
    function allocate(uint256 count) internal pure returns (bytes memory terms) {
        return new bytes(count * KZG.TERM_SIZE);
    }

    /// @notice Writes change `position` of a vector: entry `index` grows by `delta`, a scalar.
    function write(
        address points,
        bytes memory terms,
        uint256 position,
        uint256 index,
        uint256 delta
    ) internal view {
        assembly ("memory-safe") {
            let term := add(add(terms, 32), mul(position, 160))
            let place := mul(index, 96)
            extcodecopy(points, add(term, 16), place, 48)
            extcodecopy(points, add(term, 80), add(place, 48), 48)
            mstore(add(term, 128), delta)
        }
    }

    /// @notice Applies changes to a commitment, an affine point; of no bytes for the commitment to nothing.
    function update(bytes memory commitment, bytes memory terms)
        internal
        view
        returns (bytes memory)
    {
        G1Point memory sum = KZG.sumTerms(terms);
        if (commitment.length != 0) BLS.addTo(sum, KZG.fromAffine(commitment));
        return KZG.toAffine(sum);
    }

    /// @notice The difference of two scalars, neither of which needs to be below the order.
    function subtract(uint256 left, uint256 right) internal pure returns (uint256) {
        return addmod(left, KZG.R - right % KZG.R, KZG.R);
    }
}
