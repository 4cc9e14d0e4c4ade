// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../types/Points.sol";
import {BLS} from "./BLS.sol";

/// @title KZG commitments over BLS12-381, on the precompiles of EIP-2537 and EIP-4844
/// @notice The points of the ceremony are Ethereum's, so its point evaluation takes our openings, too.
/// @dev As in `BLS`, every call of a precompile has a gas cap of twice its price and stands alone in its statement.
library KZG {
    /// @notice Order of the group, and modulus of the scalars.
    uint256 internal constant R =
        0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    /// @notice Size of a point as the protocol writes it: both coordinates, 48 bytes each.
    uint256 internal constant AFFINE_SIZE = 96;
    /// @notice Size of a compressed point.
    uint256 internal constant COMPRESSED_SIZE = 48;
    /// @notice Size of a point and its scalar in the input of a multi-scalar multiplication.
    uint256 internal constant TERM_SIZE = 160;

    uint256 private constant SHA256 = 0x02;
    uint256 private constant POINT_EVALUATION = 0x0a;
    uint256 private constant G1_MSM = 0x0c;

    uint256 private constant SHA256_GAS = 2 * 84;
    uint256 private constant POINT_EVALUATION_GAS = 2 * 50_000;
    uint256 private constant G1_MSM_TERM_GAS = 2 * 12_000;

    uint256 private constant G1_SIZE = 128;
    uint256 private constant EVALUATION_SIZE = 192;
    uint256 private constant VERSIONED_HASH_VERSION = 1 << 248;

    /// @dev Half of the field's modulus, rounded down, as a 64-byte integer: the larger of y and -y is above it.
    uint256 private constant HALF_P_A = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_P_B =
        0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;
    /// @dev Flags of a compressed point, in its first byte.
    uint256 private constant COMPRESSED_FLAG = 0x80 << 248;
    uint256 private constant INFINITY_FLAG = 0x40 << 248;
    uint256 private constant LARGER_FLAG = 0x20 << 248;

    /// @notice Reads point `index` of a list of affine points, 96 bytes each.
    function readPoint(bytes calldata points, uint256 index)
        internal
        pure
        returns (G1Point memory point)
    {
        bytes calldata affine = points[index * AFFINE_SIZE:(index + 1) * AFFINE_SIZE];
        assembly ("memory-safe") {
            calldatacopy(add(point, 16), affine.offset, COMPRESSED_SIZE)
            calldatacopy(add(point, 80), add(affine.offset, COMPRESSED_SIZE), COMPRESSED_SIZE)
        }
    }

    /// @notice Reads an affine point of 96 bytes.
    function fromAffine(bytes memory affine) internal pure returns (G1Point memory point) {
        assembly ("memory-safe") {
            mcopy(add(point, 16), add(affine, 32), COMPRESSED_SIZE)
            mcopy(add(point, 80), add(affine, 80), COMPRESSED_SIZE)
        }
    }

    /// @notice Writes a point as both its coordinates, 48 bytes each.
    function toAffine(G1Point memory point) internal pure returns (bytes memory affine) {
        affine = new bytes(AFFINE_SIZE);
        assembly ("memory-safe") {
            mcopy(add(affine, 32), add(point, 16), COMPRESSED_SIZE)
            mcopy(add(affine, 80), add(point, 80), COMPRESSED_SIZE)
        }
    }

    /// @notice Sums up scalar · point over the terms, 160 bytes each.
    /// @dev The precompile checks that every point is in the group of prime order.
    function sumTerms(bytes memory terms) internal view returns (G1Point memory sum) {
        if (terms.length == 0) return sum;
        bool success;
        uint256 gasCap = terms.length / TERM_SIZE * G1_MSM_TERM_GAS;
        assembly ("memory-safe") {
            success := staticcall(gasCap, G1_MSM, add(terms, 32), mload(terms), sum, G1_SIZE)
            success := and(success, eq(returndatasize(), G1_SIZE))
        }
        if (!success) revert BLS.PrecompileFailed(G1_MSM);
    }

    /// @notice Decides whether the polynomial of a commitment has a value at a place.
    /// @dev The precompile checks that both points are in the group, and both numbers below its order.
    /// @param proof The compressed point that proves it.
    function verifyOpening(
        G1Point memory commitment,
        uint256 place,
        uint256 value,
        bytes calldata proof
    ) internal view returns (bool isOpening) {
        if (proof.length != COMPRESSED_SIZE) return false;
        uint256 flags = _flagsOf(commitment);
        bool success;
        assembly ("memory-safe") {
            // versioned hash ‖ place ‖ value ‖ compressed commitment ‖ compressed proof
            let input := mload(0x40)
            mstore(add(input, 32), place)
            mstore(add(input, 64), value)
            let compressed := add(input, 96)
            mcopy(compressed, add(commitment, 16), COMPRESSED_SIZE)
            mstore(compressed, or(mload(compressed), flags))
            calldatacopy(add(input, 144), proof.offset, COMPRESSED_SIZE)
            success := staticcall(SHA256_GAS, SHA256, compressed, COMPRESSED_SIZE, input, 32)
            success := and(success, eq(returndatasize(), 32))
            mstore(input, or(VERSIONED_HASH_VERSION, shr(8, shl(8, mload(input)))))
        }
        if (!success) revert BLS.PrecompileFailed(SHA256);
        assembly ("memory-safe") {
            let input := mload(0x40)
            isOpening := staticcall(
                POINT_EVALUATION_GAS,
                POINT_EVALUATION,
                input,
                EVALUATION_SIZE,
                0,
                64
            )
            isOpening := and(isOpening, eq(returndatasize(), 64))
        }
    }

    /// @dev The flags that a compressed point has beside its x.
    function _flagsOf(G1Point memory point) private pure returns (uint256) {
        if (BLS.isInfinity(point)) return COMPRESSED_FLAG | INFINITY_FLAG;
        uint256 high = uint256(point.ya);
        bool isLarger = high > HALF_P_A || (high == HALF_P_A && uint256(point.yb) > HALF_P_B);
        return isLarger ? COMPRESSED_FLAG | LARGER_FLAG : COMPRESSED_FLAG;
    }
}
