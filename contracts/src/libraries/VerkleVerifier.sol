// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../types/Points.sol";
import {Shown, Status, StemClaim, StemProof} from "../types/Verkle.sol";
import {BLS} from "./BLS.sol";
import {KZG} from "./KZG.sol";
import {Narrow} from "./Narrow.sol";
import {VerkleHash} from "./VerkleHash.sol";

/// @title Proofs of values in the state tree, present or absent
/// @notice Takes the keys of one stem. The commitments on the way are folded into one, which the point-evaluation
/// precompile opens; what a proof must hold follows from the claim and the finding, and nothing is assumed zero.
library VerkleVerifier {
    /// @notice The proof has not what the claim and its finding call for.
    error MalformedStemProof();
    /// @notice The first node is not the root's.
    error WrongRootNode();
    /// @notice The openings do not verify.
    error InvalidStemProof();

    uint256 private constant MAX_DEPTH = 31;
    uint256 private constant DEPTH_MASK = 0x1f;
    uint256 private constant STATUS_SHIFT = 5;
    uint256 private constant WIDTH_BITS = 8;

    /// @dev u32 node ‖ u8 index ‖ scalar
    uint256 private constant OPENING_SIZE = 37;
    uint256 private constant POINT_SIZE = 96;
    uint256 private constant TERM_SIZE = 160;
    uint256 private constant TERM_SCALAR = 128;
    uint256 private constant SCALAR_MASK = 2 ** 254 - 1;
    /// @dev The tag of the first challenge and the protocol's name.
    bytes18 private constant FIRST_CHALLENGE_HEAD = "\x10corollup/verkle/1";
    uint256 private constant SECOND_CHALLENGE_TAG = 0x11;

    // The powers 1, 2, 4, … 128 of a primitive 256th root of unity.
    uint256 private constant ROOT_1 =
        0x4f9b4098e2e9f12e6b368121ac0cf4ad0a0865a899e8deff4935bd2f817f694b;
    uint256 private constant ROOT_2 =
        0x6898111413588742b7c68b4d7fdd60d098d0caac87f5713c5130c2c1660125be;
    uint256 private constant ROOT_4 =
        0x45af6345ec055e4d14a1e27164d8fdbd2d967f4be2f951558140d032f0a9ee53;
    uint256 private constant ROOT_8 =
        0x50e0903a157988bab4bcd40e22f55448bf6e88fb4c38fb8a360c60997369df4e;
    uint256 private constant ROOT_16 =
        0x20b1ce9140267af9dd1c0af834cec32c17beb312f20b6f7653ea61d87742bcce;
    uint256 private constant ROOT_32 =
        0x345766f603fa66e78c0625cd70d77ce2b38b21c28713b7007228fd3397743f7a;
    uint256 private constant ROOT_64 = 0x8d51ccce760304d0ec030002760300000001000000000000;
    uint256 private constant ROOT_128 =
        0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000;

    /// @notice Verifies a proof, or reverts.
    /// @param chainId EIP-155 chain id of the L2.
    /// @param root State root.
    function verify(uint256 chainId, bytes32 root, StemClaim memory claim, StemProof calldata proof)
        internal
        view
        returns (Shown memory shown)
    {
        shown = _readFinding(proof.finding);
        _requireClaim(claim, shown.status, proof);
        bytes calldata points = proof.points;
        bool isVector = shown.status == Status.Vector;
        uint256 nodes = shown.depth + (isVector ? 1 : 0);
        if (points.length != (nodes + 1) * KZG.AFFINE_SIZE) revert MalformedStemProof();
        if (VerkleHash.hashInner(points, 0) != uint256(root)) revert WrongRootNode();

        shown.scalar = _scalarOf(claim, shown, proof);
        uint256 count = shown.depth + (isVector ? claim.suffixes.length : 0);
        if (proof.inverses.length != count) revert MalformedStemProof();
        (uint256 statement, uint256 openings) =
            _layOut(chainId, root, Narrow.toUint32(nodes), count, points);
        _listOpenings(openings, claim, shown, points, count, proof.presence);
        uint256 challenge;
        assembly ("memory-safe") {
            let size := sub(add(openings, mul(count, OPENING_SIZE)), statement)
            challenge := and(keccak256(statement, size), SCALAR_MASK)
        }
        _requireOpenings(challenge, nodes, openings, count, proof);
    }

    /// @notice The scalar of the slot at `depth` on the way of a verified proof, at most the depth that it shows.
    function scalarAt(Shown memory shown, uint256 depth, StemProof calldata proof)
        internal
        pure
        returns (uint256)
    {
        return depth == shown.depth ? shown.scalar : VerkleHash.hashInner(proof.points, depth);
    }

    /// @notice The root of unity that is the place of `index` in a vector.
    function rootOfUnity(uint256 index) internal pure returns (uint256 root) {
        root = 1;
        if (index & 1 != 0) root = ROOT_1;
        if (index & 2 != 0) root = mulmod(root, ROOT_2, KZG.R);
        if (index & 4 != 0) root = mulmod(root, ROOT_4, KZG.R);
        if (index & 8 != 0) root = mulmod(root, ROOT_8, KZG.R);
        if (index & 16 != 0) root = mulmod(root, ROOT_16, KZG.R);
        if (index & 32 != 0) root = mulmod(root, ROOT_32, KZG.R);
        if (index & 64 != 0) root = mulmod(root, ROOT_64, KZG.R);
        if (index & 128 != 0) root = mulmod(root, ROOT_128, KZG.R);
    }

    function _readFinding(uint8 finding) private pure returns (Shown memory shown) {
        uint256 status = finding >> STATUS_SHIFT;
        shown.depth = finding & DEPTH_MASK;
        if (shown.depth == 0 || status > uint8(type(Status).max)) revert MalformedStemProof();
        shown.status = Status(status);
        // Another stem differs in a later byte, so that one must be left.
        if (shown.status == Status.Other && shown.depth == MAX_DEPTH) revert MalformedStemProof();
    }

    /// @dev What of the claim and the proof does not depend on the commitments.
    function _requireClaim(StemClaim memory claim, Status status, StemProof calldata proof)
        private
        pure
    {
        uint256 count = claim.suffixes.length;
        if (count == 0 || claim.values.length != count) revert MalformedStemProof();
        bool isStemThere = status == Status.Small || status == Status.Vector;
        uint256 most = isStemThere ? count : 0;
        if (most < 256 && proof.presence >> most != 0) revert MalformedStemProof();
        int256 last = -1;
        for (uint256 i = 0; i < count; ++i) {
            int256 suffix = int256(uint256(uint8(claim.suffixes[i])));
            if (suffix <= last) revert MalformedStemProof();
            if (!_isPresent(proof, i) && claim.values[i] != 0) revert MalformedStemProof();
            last = suffix;
        }
        if (status != Status.Small && proof.travelling.length != 0) revert MalformedStemProof();
        bool hasOther = proof.otherStem != 0 || proof.otherBody != 0;
        if (status != Status.Other && hasOther) revert MalformedStemProof();
    }

    /// @dev The scalar of the slot, from what is in it.
    function _scalarOf(StemClaim memory claim, Shown memory shown, StemProof calldata proof)
        private
        pure
        returns (uint256)
    {
        if (shown.status == Status.Nothing) return 0;
        if (shown.status == Status.Other) {
            uint256 shared = 8 * (MAX_DEPTH - shown.depth);
            bool isInSlot = uint248(claim.stem ^ proof.otherStem) >> shared == 0;
            if (!isInSlot || proof.otherStem == claim.stem) revert MalformedStemProof();
            return VerkleHash.hashStem(proof.otherStem, proof.otherBody);
        }
        if (shown.status == Status.Vector) {
            uint256 start = shown.depth * KZG.AFFINE_SIZE;
            bytes calldata commitment = proof.points[start:start + KZG.AFFINE_SIZE];
            return VerkleHash.hashStem(claim.stem, VerkleHash.hashVectorBody(commitment));
        }
        return VerkleHash.hashStem(claim.stem, VerkleHash.hashSmallBody(mergePairs(claim, proof)));
    }

    /// @notice All pairs of a small stem, ascending: the claimed ones that are present, and those that travel.
    /// @dev No suffix both travels and is claimed, whatever its presence bit; else a present key could be shown absent.
    function mergePairs(StemClaim memory claim, StemProof calldata proof)
        internal
        pure
        returns (bytes memory pairs)
    {
        bytes calldata travelling = proof.travelling;
        if (travelling.length % VerkleHash.PAIR_SIZE != 0) revert MalformedStemProof();
        uint256 count = claim.suffixes.length;
        uint256 next = 0;
        for (uint256 offset = 0; offset <= travelling.length; offset += VerkleHash.PAIR_SIZE) {
            bool isEnd = offset == travelling.length;
            uint256 suffix = isEnd ? 256 : uint8(travelling[offset]);
            while (next < count && uint8(claim.suffixes[next]) <= suffix) {
                if (uint8(claim.suffixes[next]) == suffix) revert MalformedStemProof();
                if (_isPresent(proof, next)) {
                    pairs = abi.encodePacked(pairs, claim.suffixes[next], claim.values[next]);
                }
                ++next;
            }
            if (isEnd) break;
            bool ascends = offset == 0 || suffix > uint8(travelling[offset - VerkleHash.PAIR_SIZE]);
            if (!ascends) revert MalformedStemProof();
            pairs = abi.encodePacked(pairs, travelling[offset:offset + VerkleHash.PAIR_SIZE]);
        }
        bool isSmall =
            pairs.length != 0 && pairs.length <= VerkleHash.SMALL_LIMIT * VerkleHash.PAIR_SIZE;
        if (!isSmall) revert MalformedStemProof();
    }

    /// @dev Lays out what the first challenge absorbs, with room for the openings; counts come before lists.
    /// @return statement Where it starts in memory.
    /// @return openings Where the openings start, which are its last part.
    function _layOut(
        uint256 chainId,
        bytes32 root,
        uint32 nodes,
        uint256 count,
        bytes calldata points
    ) private pure returns (uint256 statement, uint256 openings) {
        assembly ("memory-safe") {
            statement := mload(0x40)
            mstore(statement, FIRST_CHALLENGE_HEAD)
            mstore(add(statement, 18), chainId)
            mstore(add(statement, 50), root)
            mstore(add(statement, 82), shl(224, nodes))
            calldatacopy(add(statement, 86), points.offset, mul(nodes, POINT_SIZE))
            let counts := add(add(statement, 86), mul(nodes, POINT_SIZE))
            mstore(counts, shl(224, count))
            openings := add(counts, 4)
            // Rounded up to a word.
            let end := add(openings, mul(count, OPENING_SIZE))
            mstore(0x40, and(add(end, 63), not(31)))
        }
    }

    /// @dev Writes what the nodes on the way hold, and of a vector stem the commitment at its suffixes.
    function _listOpenings(
        uint256 openings,
        StemClaim memory claim,
        Shown memory shown,
        bytes calldata points,
        uint256 count,
        uint256 presence
    ) private pure {
        unchecked {
            uint256 depth = shown.depth;
            uint256 path = uint256(bytes32(claim.stem));
            for (uint256 i = 0; i < depth; ++i) {
                uint256 scalar = i + 1 == depth ? shown.scalar : VerkleHash.hashInner(points, i + 1);
                _write(openings + i * OPENING_SIZE, i, path >> 248, scalar);
                path <<= 8;
            }
            for (uint256 i = depth; i < count; ++i) {
                uint256 key = i - depth;
                bool isPresent = (presence >> key) & 1 == 1;
                uint256 scalar = isPresent ? VerkleHash.hashValue(claim.values[key]) : 0;
                uint256 suffix = uint8(claim.suffixes[key]);
                _write(openings + i * OPENING_SIZE, depth, suffix, scalar);
            }
        }
    }

    /// @dev Folds all openings into one, with powers of the first challenge, and has the precompile verify it.
    function _requireOpenings(
        uint256 challenge,
        uint256 nodes,
        uint256 openings,
        uint256 count,
        StemProof calldata proof
    ) private view {
        bytes calldata points = proof.points;
        uint256 place;
        bytes memory terms = new bytes(nodes * TERM_SIZE);
        assembly ("memory-safe") {
            // The second challenge absorbs the first one and -D, which follows the nodes.
            let preimage := mload(0x40)
            mstore8(preimage, SECOND_CHALLENGE_TAG)
            mstore(add(preimage, 1), challenge)
            let point := add(points.offset, mul(nodes, POINT_SIZE))
            calldatacopy(add(preimage, 33), point, POINT_SIZE)
            place := and(keccak256(preimage, 129), SCALAR_MASK)

            let term := add(terms, 32)
            for { point := points.offset } nodes { nodes := sub(nodes, 1) } {
                calldatacopy(add(term, 16), point, 48)
                calldatacopy(add(term, 80), add(point, 48), 48)
                term := add(term, TERM_SIZE)
                point := add(point, POINT_SIZE)
            }
        }
        _requireOutside(place);
        uint256 value = _foldOpenings(challenge, place, terms, openings, count, proof.inverses);
        G1Point memory sum = KZG.sumTerms(terms);
        BLS.addTo(sum, KZG.readPoint(points, terms.length / TERM_SIZE));
        if (!KZG.verifyOpening(sum, place, value, proof.opening)) revert InvalidStemProof();
    }

    /// @dev Writes the factor of each node in the sum that is opened into its term, and returns what the sum opens to.
    function _foldOpenings(
        uint256 challenge,
        uint256 place,
        bytes memory terms,
        uint256 openings,
        uint256 count,
        uint256[] calldata inverses
    ) private pure returns (uint256 value) {
        unchecked {
            uint256 power = 1;
            uint256 order = KZG.R;
            for (uint256 i = 0; i < count; ++i) {
                (uint256 node, uint256 index, uint256 scalar) = _read(openings + i * OPENING_SIZE);
                uint256 inverse;
                assembly ("memory-safe") {
                    inverse := calldataload(add(inverses.offset, mul(i, 32)))
                }
                uint256 distance = addmod(place, KZG.R - rootOfUnity(index), KZG.R);
                if (mulmod(inverse, distance, KZG.R) != 1) revert MalformedStemProof();
                uint256 weight = mulmod(power, inverse, KZG.R);
                assembly ("memory-safe") {
                    let factor := add(add(terms, add(32, TERM_SCALAR)), mul(node, TERM_SIZE))
                    mstore(factor, addmod(mload(factor), weight, order))
                }
                value = addmod(value, mulmod(weight, scalar, KZG.R), KZG.R);
                power = mulmod(power, challenge, KZG.R);
            }
        }
    }

    /// @dev Refuses a place at which a vector has an entry.
    function _requireOutside(uint256 place) private pure {
        uint256 power = place;
        unchecked {
            for (uint256 i = 0; i < WIDTH_BITS; ++i) {
                power = mulmod(power, power, KZG.R);
            }
        }
        if (power == 1) revert InvalidStemProof();
    }

    function _isPresent(StemProof calldata proof, uint256 index) private pure returns (bool) {
        return (proof.presence >> index) & 1 == 1;
    }

    function _write(uint256 opening, uint256 node, uint256 index, uint256 scalar) private pure {
        assembly ("memory-safe") {
            mstore(opening, or(shl(224, node), shl(216, index)))
            mstore(add(opening, 5), scalar)
        }
    }

    function _read(uint256 opening)
        private
        pure
        returns (uint256 node, uint256 index, uint256 scalar)
    {
        assembly ("memory-safe") {
            let head := mload(opening)
            node := shr(224, head)
            index := and(shr(216, head), 0xff)
            scalar := mload(add(opening, 5))
        }
    }
}
