// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point, G2Point} from "../types/Points.sol";

/// @title BLS signatures over BLS12-381, keys in G1 and signatures in G2, on the precompiles of EIP-2537
/// @notice Suite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_ for messages of 32 bytes.
/// @dev Every call of a precompile has a gas cap of twice its price, because a
/// precompile burns all it gets when it fails, and a check of the length of what it returns.
/// A call stands alone in its statement: Yul evaluates arguments from right to left, so
/// `and(staticcall(..), mload(output))` would read the output before the call.
library BLS {
    /// @notice A precompile refused its input, or ran out of gas.
    error PrecompileFailed(uint256 precompile);
    /// @notice A key, a sum of keys or a signature is the point at infinity.
    error PointAtInfinity();

    uint256 private constant SHA256 = 0x02;
    uint256 private constant G1_ADD = 0x0b;
    uint256 private constant G2_ADD = 0x0d;
    uint256 private constant PAIRING = 0x0f;
    uint256 private constant MAP_FP2_TO_G2 = 0x11;

    uint256 private constant SHA256_GAS = 2 * 120;
    uint256 private constant G1_ADD_GAS = 2 * 375;
    uint256 private constant G2_ADD_GAS = 2 * 600;
    uint256 private constant PAIRING_BASE_GAS = 2 * 37_700;
    uint256 private constant PAIRING_PAIR_GAS = 2 * 32_600;
    uint256 private constant MAP_FP2_TO_G2_GAS = 2 * 23_800;

    uint256 private constant FP2_SIZE = 128;
    uint256 private constant G1_SIZE = 128;
    uint256 private constant G2_SIZE = 256;
    /// @dev A point of G1 and one of G2.
    uint256 private constant PAIR_SIZE = 384;

    /// @dev The field's modulus as a 64-byte integer.
    bytes32 private constant P_A =
        0x000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd7;
    bytes32 private constant P_B =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// @dev 2^636 divided by the modulus, rounded down.
    uint256 private constant RECIPROCAL =
        0x9d835d2f3cc9e45ce28101b0cc7a6ba291b82741ff6a0a94bdf4771e0286779d;

    /// @dev First 32 bytes of the two domain separation tags; they have 43.
    bytes32 private constant SIGNATURE_TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_S";
    bytes32 private constant POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_S";
    /// @dev The 11 bytes that both tags end with, and their length.
    bytes32 private constant TAG_END = "SWU_RO_POP_\x2b";

    /// @notice Hashes a message to the point that a signature multiplies.
    function hashMessage(bytes32 message) internal view returns (G2Point memory) {
        return hashToG2(message, SIGNATURE_TAG);
    }

    /// @notice Decides whether `proof` shows possession of `key` in `message`.
    /// @dev The pairing checks that both points are on the curve and in their subgroup.
    function verifyPossession(G1Point memory key, bytes32 message, G2Point memory proof)
        internal
        view
        returns (bool)
    {
        G1Point[] memory keys = new G1Point[](1);
        G2Point[] memory hashes = new G2Point[](1);
        keys[0] = key;
        hashes[0] = hashToG2(message, POSSESSION_TAG);
        return verifyAggregate(keys, hashes, proof);
    }

    /// @notice Decides whether `signature` is the sum of one signature of each key over its hashed message.
    /// @dev The product over e(key, hash) and e(-generator, signature) must be one. Refuses points at infinity,
    /// which the pairing would accept as equal to anything of their kind.
    function verifyAggregate(
        G1Point[] memory keys,
        G2Point[] memory hashes,
        G2Point memory signature
    ) internal view returns (bool) {
        bytes memory pairs = newAggregate(keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            if (isInfinity(keys[i])) revert PointAtInfinity();
            _writePair(pairs, 32 + i * PAIR_SIZE, keys[i], hashes[i]);
        }
        return verifyPairs(pairs, signature);
    }

    /// @notice Memory for the pairs of an aggregate of `messages`, and for that of its signature.
    /// @dev Every pair has to be written.
    function newAggregate(uint256 messages) internal pure returns (bytes memory pairs) {
        assembly ("memory-safe") {
            pairs := mload(0x40)
            let size := mul(add(messages, 1), PAIR_SIZE)
            mstore(pairs, size)
            mstore(0x40, add(pairs, add(size, 32)))
        }
    }

    /// @notice Writes pair `index` of an aggregate: a key and the hash of what it signed.
    function writeMessage(bytes memory pairs, uint256 index, G1Point memory key, bytes32 message)
        internal
        view
    {
        if (isInfinity(key)) revert PointAtInfinity();
        _writePair(pairs, 32 + index * PAIR_SIZE, key, hashMessage(message));
    }

    /// @notice Decides whether `signature` is the sum of the signatures over all of an aggregate's pairs but the last,
    /// which is written for it.
    function verifyPairs(bytes memory pairs, G2Point memory signature)
        internal
        view
        returns (bool)
    {
        if (isInfinity(signature)) revert PointAtInfinity();
        _writePair(pairs, 32 + pairs.length - PAIR_SIZE, _negatedGenerator(), signature);
        return isPairingOne(pairs);
    }

    /// @notice Decides whether the product of the pairings of the given pairs, 384 bytes each, is one.
    function isPairingOne(bytes memory pairs) internal view returns (bool isOne) {
        bool success;
        uint256 gasCap = PAIRING_BASE_GAS + pairs.length / PAIR_SIZE * PAIRING_PAIR_GAS;
        assembly ("memory-safe") {
            success := staticcall(gasCap, PAIRING, add(pairs, 32), mload(pairs), 0, 32)
            success := and(success, eq(returndatasize(), 32))
            isOne := mload(0)
        }
        if (!success) revert PrecompileFailed(PAIRING);
    }

    /// @notice Adds `point` to `sum`.
    /// @dev Does not check subgroups: every key was in a pairing when it was registered.
    function addTo(G1Point memory sum, G1Point memory point) internal view {
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, sum, G1_SIZE)
            mcopy(add(input, G1_SIZE), point, G1_SIZE)
            success := staticcall(G1_ADD_GAS, G1_ADD, input, mul(2, G1_SIZE), sum, G1_SIZE)
            success := and(success, eq(returndatasize(), G1_SIZE))
        }
        if (!success) revert PrecompileFailed(G1_ADD);
    }

    /// @notice Adds a key to `sum`, or subtracts it, and returns its hash for the caller to compare.
    /// @dev A key that is not registered may be any bytes; an addition that the precompile refuses reverts.
    function addKey(G1Point memory sum, G1Point calldata key, bool isSubtracted)
        internal
        view
        returns (bytes32 keyHash)
    {
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            let point := add(input, G1_SIZE)
            mcopy(input, sum, G1_SIZE)
            calldatacopy(point, key, G1_SIZE)
            keyHash := keccak256(point, G1_SIZE)
            if isSubtracted {
                let ya := mload(add(point, 64))
                let yb := mload(add(point, 96))
                mstore(add(point, 64), sub(sub(P_A, ya), gt(yb, P_B)))
                mstore(add(point, 96), sub(P_B, yb))
            }
            success := staticcall(G1_ADD_GAS, G1_ADD, input, mul(2, G1_SIZE), sum, G1_SIZE)
            success := and(success, eq(returndatasize(), G1_SIZE))
        }
        if (!success) revert PrecompileFailed(G1_ADD);
    }

    /// @notice Adds keys to `sum`, or subtracts them, as far as they have the expected hashes.
    /// @dev As `addKey` for each, with the sum left where the precompile reads it. The three lists are equally long.
    /// @return matching Keys that were counted: the index of the first with another hash, or all.
    function addKeys(
        G1Point memory sum,
        G1Point[] calldata keys,
        bytes32[] memory keyHashes,
        bool[] memory isSubtracted
    ) internal view returns (uint256 matching) {
        bool success = true;
        assembly ("memory-safe") {
            let input := mload(0x40)
            let point := add(input, G1_SIZE)
            mcopy(input, sum, G1_SIZE)
            let key := keys.offset
            for {} lt(matching, keys.length) { matching := add(matching, 1) } {
                calldatacopy(point, key, G1_SIZE)
                let position := mul(32, add(matching, 1))
                if xor(keccak256(point, G1_SIZE), mload(add(keyHashes, position))) { break }
                if mload(add(isSubtracted, position)) {
                    let ya := mload(add(point, 64))
                    let yb := mload(add(point, 96))
                    mstore(add(point, 64), sub(sub(P_A, ya), gt(yb, P_B)))
                    mstore(add(point, 96), sub(P_B, yb))
                }
                let called := staticcall(G1_ADD_GAS, G1_ADD, input, mul(2, G1_SIZE), input, G1_SIZE)
                success := and(called, eq(returndatasize(), G1_SIZE))
                if iszero(success) { break }
                key := add(key, G1_SIZE)
            }
            mcopy(sum, input, G1_SIZE)
        }
        if (!success) revert PrecompileFailed(G1_ADD);
    }

    /// @notice Adds `point` to `sum`.
    /// @dev Does not check subgroups: the pairing checks that of the sum.
    function addTo(G2Point memory sum, G2Point memory point) internal view {
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, sum, G2_SIZE)
            mcopy(add(input, G2_SIZE), point, G2_SIZE)
            success := staticcall(G2_ADD_GAS, G2_ADD, input, mul(2, G2_SIZE), sum, G2_SIZE)
            success := and(success, eq(returndatasize(), G2_SIZE))
        }
        if (!success) revert PrecompileFailed(G2_ADD);
    }

    /// @notice Computes the inverse of a point of the subgroup.
    function negate(G1Point memory point) internal pure returns (G1Point memory) {
        if (isInfinity(point)) return point;
        unchecked {
            uint256 borrow = uint256(point.yb) > uint256(P_B) ? 1 : 0;
            bytes32 ya = bytes32(uint256(P_A) - uint256(point.ya) - borrow);
            bytes32 yb = bytes32(uint256(P_B) - uint256(point.yb));
            return G1Point(point.xa, point.xb, ya, yb);
        }
    }

    /// @notice Computes the hash by which a key is known: keccak of its 128 bytes.
    function hashKey(G1Point memory key) internal pure returns (bytes32 keyHash) {
        assembly ("memory-safe") {
            keyHash := keccak256(key, G1_SIZE)
        }
    }

    /// @notice Computes the hash by which a key is known: keccak of its 128 bytes.
    function hashKeyCalldata(G1Point calldata key) internal pure returns (bytes32 keyHash) {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            calldatacopy(copy, key, G1_SIZE)
            keyHash := keccak256(copy, G1_SIZE)
        }
    }

    /// @notice Decides whether a point is the point at infinity.
    function isInfinity(G1Point memory point) internal pure returns (bool) {
        return point.xa | point.xb | point.ya | point.yb == 0;
    }

    /// @notice Decides whether a point is the point at infinity.
    function isInfinity(G2Point memory point) internal pure returns (bool) {
        return point.x0a | point.x0b | point.x1a | point.x1b | point.y0a | point.y0b | point.y1a
                | point.y1b == 0;
    }

    /// @notice Hashes a message to G2 (RFC 9380, hash_to_curve) under the tag that starts with `tag`.
    function hashToG2(bytes32 message, bytes32 tag) internal view returns (G2Point memory point) {
        bytes memory uniform = _expandMessage(message, tag);
        uint256 elements = _reduceElements(uniform);
        point = mapToG2(elements);
        addTo(point, mapToG2(elements + FP2_SIZE));
    }

    /// @dev expand_message_xmd with SHA-256 to 256 bytes.
    ///
    ///     first = SHA-256(64 zeros ‖ message ‖ u16 256 ‖ 0 ‖ tag)
    ///     block(i) = SHA-256((first xor block(i-1)) ‖ u8 i ‖ tag), block(0) = 0, i = 1 … 8
    function _expandMessage(bytes32 message, bytes32 tag)
        private
        view
        returns (bytes memory uniform)
    {
        uniform = new bytes(256);
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, 0)
            mstore(add(input, 32), 0)
            mstore(add(input, 64), message)
            mstore(add(input, 96), shl(232, 0x010000))
            mstore(add(input, 99), tag)
            mstore(add(input, 131), TAG_END)
            success := staticcall(SHA256_GAS, SHA256, input, 143, 0, 32)
            success := and(success, eq(returndatasize(), 32))
            let first := mload(0)

            mstore(add(input, 33), tag)
            mstore(add(input, 65), TAG_END)
            let previous := 0
            let output := add(uniform, 32)
            for { let i := 1 } lt(i, 9) { i := add(i, 1) } {
                mstore(input, xor(first, previous))
                mstore8(add(input, 32), i)
                let called := staticcall(SHA256_GAS, SHA256, input, 77, output, 32)
                success := and(success, and(called, eq(returndatasize(), 32)))
                previous := mload(output)
                output := add(output, 32)
            }
        }
        if (!success) revert PrecompileFailed(SHA256);
    }

    /// @dev Reduces four 64-byte integers by the field's modulus, in place; returns where they start.
    function _reduceElements(bytes memory integers) private pure returns (uint256 elements) {
        assembly ("memory-safe") {
            elements := add(integers, 32)
        }
        for (uint256 element = elements; element < elements + 256; element += 64) {
            reduceElement(element);
        }
    }

    /// @notice Reduces the 64-byte integer at a memory position by the field's modulus, in place.
    /// @dev Barrett's reduction: the top word times the reciprocal, of which bits 380 and up count, is at most two
    /// below the quotient, so that the rest is below thrice the modulus and fits two words.
    function reduceElement(uint256 element) internal pure {
        assembly ("memory-safe") {
            function multiply(x, y) -> high, low {
                let modulo := mulmod(x, y, not(0))
                low := mul(x, y)
                high := sub(sub(modulo, low), lt(modulo, low))
            }

            let a := mload(element)
            let b := mload(add(element, 32))
            let quotient, low := multiply(a, RECIPROCAL)
            quotient := shr(124, quotient)
            let high := 0
            high, low := multiply(quotient, P_B)
            a := sub(sub(a, add(high, mul(quotient, P_A))), lt(b, low))
            b := sub(b, low)
            for {} or(gt(a, P_A), and(eq(a, P_A), iszero(lt(b, P_B)))) {} {
                a := sub(sub(a, P_A), lt(b, P_B))
                b := sub(b, P_B)
            }
            mstore(element, a)
            mstore(add(element, 32), b)
        }
    }

    /// @notice Maps the element of Fp2 at a memory position to the subgroup.
    function mapToG2(uint256 element) internal view returns (G2Point memory point) {
        bool success;
        assembly ("memory-safe") {
            success := staticcall(
                MAP_FP2_TO_G2_GAS,
                MAP_FP2_TO_G2,
                element,
                FP2_SIZE,
                point,
                G2_SIZE
            )
            success := and(success, eq(returndatasize(), G2_SIZE))
        }
        if (!success) revert PrecompileFailed(MAP_FP2_TO_G2);
    }

    function _writePair(
        bytes memory input,
        uint256 offset,
        G1Point memory first,
        G2Point memory second
    ) private pure {
        assembly ("memory-safe") {
            let pair := add(input, offset)
            mcopy(pair, first, G1_SIZE)
            mcopy(add(pair, G1_SIZE), second, G2_SIZE)
        }
    }

    function _negatedGenerator() private pure returns (G1Point memory) {
        return G1Point({
            xa: 0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f,
            xb: 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb,
            ya: 0x00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f2,
            yb: 0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca
        });
    }
}
