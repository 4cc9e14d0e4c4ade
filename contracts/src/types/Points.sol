// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Point of BLS12-381's G1 in EIP-2537 form; a public key.
/// @dev A coordinate is 64 bytes, of which the top 16 are zero: the word `a`, then the word `b`.
struct G1Point {
    bytes32 xa;
    bytes32 xb;
    bytes32 ya;
    bytes32 yb;
}

/// @notice Point of BLS12-381's G2 in EIP-2537 form; a signature or a hashed message.
/// @dev Coordinates `x0 + x1·u` and `y0 + y1·u`, each part as in `G1Point`.
struct G2Point {
    bytes32 x0a;
    bytes32 x0b;
    bytes32 x1a;
    bytes32 x1b;
    bytes32 y0a;
    bytes32 y0b;
    bytes32 y1a;
    bytes32 y1b;
}
