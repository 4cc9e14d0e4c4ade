// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IUpdateNodeFaults} from "../interfaces/IUpdateNodeFaults.sol";
import {Commitments} from "../libraries/Commitments.sol";
import {Evidence} from "../libraries/Evidence.sol";
import {Memory} from "../libraries/Memory.sol";
import {VerkleHash} from "../libraries/VerkleHash.sol";
import {VerkleVerifier} from "../libraries/VerkleVerifier.sol";
import {AccessLeaf, Preimage, Range, UpdateEntry} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {Shown, Status, StemClaim, StemProof} from "../types/Verkle.sol";
import {FaultModule} from "./FaultModule.sol";
import {UpdateFaultBase} from "./UpdateFaultBase.sol";

/// @title Faults of the update list against the state before it (O6: F1, F3, F4)
contract UpdateNodeFaults is UpdateFaultBase, IUpdateNodeFaults {
    /// @dev Keys of one stem, their values before and after the packet.
    struct Values {
        bytes suffixes;
        bytes32[] before;
        bytes32[] afterwards;
    }

    uint256 private immutable L2_CHAIN_ID;
    address private immutable POINTS;

    /// @param points The contract `LagrangePoints`.
    constructor(IFaultContract faults_, uint64 l2ChainId, address points) FaultModule(faults_) {
        Commitments.requirePoints(points);
        L2_CHAIN_ID = l2ChainId;
        POINTS = points;
    }

    /// @inheritdoc IUpdateNodeFaults
    function reportBefore(
        bytes calldata headerWords,
        Range calldata entry,
        StemClaim calldata claim,
        StemProof calldata proof,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory changed = _requireEntry(header.updateRoot, entry);
        uint256 length = changed.length;
        bool isBelow = Evidence.cut(claim.stem, length) == Evidence.cut(changed.path, length);
        if (!isBelow) revert NoFault();
        Shown memory shown = VerkleVerifier.verify(L2_CHAIN_ID, header.preStateRoot, claim, proof);
        // Below the slot in which the way ends there was nothing.
        uint256 scalar = length <= shown.depth ? VerkleVerifier.scalarAt(shown, length, proof) : 0;
        if (changed.before == scalar) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateNodeFaults
    function reportNode(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Range calldata kids,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory node;
        if (entry.items.length == 0) {
            node.before = uint256(header.preStateRoot);
            node.afterwards = uint256(header.postStateRoot);
        } else {
            node = _requireEntry(header.updateRoot, entry);
            if (node.isStem) revert NoFault();
        }
        Kind kind = _kindOf(node.before, before);
        if (node.length == 0 && kind != Kind.Inner) revert WrongPreimage();
        _requireRange(header.updateRoot, kids);
        bytes memory terms = _listChanges(node, kids);
        bytes memory start = kind == Kind.Inner ? before.commitment : new bytes(0);
        uint256 scalar = VerkleHash.hashInner(Commitments.update(start, terms));
        if (scalar == node.afterwards) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateNodeFaults
    function reportStem(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata leaves,
        bytes32 value,
        StemProof calldata proof,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory changed = _requireEntry(header.updateRoot, entry);
        if (!changed.isStem) revert NoFault();
        _requireRange(header.accessRoot, leaves);
        Values memory values = _readValues(changed.path, leaves, value);
        uint256 scalar = _computeStem(header.preStateRoot, changed.path, values, proof);
        if (scalar != 0 && scalar == changed.afterwards) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @dev The changes of a node's vector.
    function _listChanges(UpdateEntry memory node, Range calldata kids)
        private
        view
        returns (bytes memory terms)
    {
        (uint256 least, uint256 greatest) = Evidence.orderOfKids(node.length, node.path);
        _requireComplete(kids, least, greatest);
        uint256 size = kids.items.length;
        uint256 from = 0;
        while (from < size && _orderAt(kids, from) < least) ++from;
        uint256 to = size;
        while (to > from && _orderAt(kids, to - 1) > greatest) --to;
        terms = Commitments.allocate(to - from);
        for (uint256 i = from; i < to; ++i) {
            UpdateEntry memory kid = Evidence.readUpdateEntry(kids.items[i]);
            uint256 delta = Commitments.subtract(kid.afterwards, kid.before);
            Commitments.write(POINTS, terms, i - from, uint8(kid.path[node.length]), delta);
        }
    }

    /// @dev The keys of a stem in the access list.
    function _readValues(bytes31 stem, Range calldata leaves, bytes32 value)
        private
        pure
        returns (Values memory values)
    {
        _requireAllLeaves(stem, leaves);
        uint256 size = leaves.items.length;
        values.suffixes = new bytes(size + 1);
        values.before = new bytes32[](size + 1);
        values.afterwards = new bytes32[](size + 1);
        uint256 count = 0;
        for (uint256 i = 0; i < size; ++i) {
            AccessLeaf memory leaf = Evidence.readAccessLeaf(leaves.items[i]);
            if (bytes31(leaf.key) != stem) continue;
            if (leaf.index == 0) {
                values.suffixes[count] = leaf.key[31];
                values.before[count++] = leaf.value;
            }
            if (count == 0 || values.suffixes[count - 1] != leaf.key[31]) revert WrongRange();
            values.afterwards[count - 1] = leaf.value;
        }
        if (count == 0) {
            (values.before[0], values.afterwards[0]) = (value, value);
            count = 1;
        }
        Memory.shorten(values.suffixes, count);
        Memory.shorten(values.before, count);
        Memory.shorten(values.afterwards, count);
    }

    /// @dev Refuses a range that does not show, by the leaves before and after, that it has all leaves of a stem.
    function _requireAllLeaves(bytes31 stem, Range calldata leaves) private pure {
        uint256 size = leaves.items.length;
        if (!_isAtStart(leaves)) {
            if (size == 0 || _stemAt(leaves, 0) >= stem) revert WrongRange();
        }
        if (!_isAtEnd(leaves)) {
            if (size == 0 || _stemAt(leaves, size - 1) <= stem) revert WrongRange();
        }
    }

    function _stemAt(Range calldata leaves, uint256 index) private pure returns (bytes31) {
        return bytes31(Evidence.readAccessLeaf(leaves.items[index]).key);
    }

    /// @dev The scalar of a stem after the writes; 0 if it is not in the tree and no key of it was written.
    function _computeStem(
        bytes32 preStateRoot,
        bytes31 stem,
        Values memory values,
        StemProof calldata proof
    ) private view returns (uint256) {
        StemClaim memory claim = StemClaim(stem, values.suffixes, values.before);
        Shown memory shown = VerkleVerifier.verify(L2_CHAIN_ID, preStateRoot, claim, proof);
        if (shown.status == Status.Vector) {
            bytes calldata commitment = proof.points[shown.depth * 96:(shown.depth + 1) * 96];
            return _hashVector(stem, commitment, _listWrites(values, proof.presence));
        }
        bytes memory pairs;
        if (shown.status == Status.Small) pairs = VerkleVerifier.mergePairs(claim, proof);
        pairs = _writePairs(pairs, values);
        if (pairs.length == 0) return 0;
        if (pairs.length <= VerkleHash.SMALL_LIMIT * VerkleHash.PAIR_SIZE) {
            return VerkleHash.hashStem(stem, VerkleHash.hashSmallBody(pairs));
        }
        return _hashVector(stem, new bytes(0), _listPairs(pairs));
    }

    /// @dev The writes to a vector stem as changes of its vector.
    function _listWrites(Values memory values, uint256 presence)
        private
        view
        returns (bytes memory terms)
    {
        uint256 count = 0;
        for (uint256 i = 0; i < values.before.length; ++i) {
            if (values.before[i] != values.afterwards[i]) ++count;
        }
        terms = Commitments.allocate(count);
        uint256 position = 0;
        for (uint256 i = 0; i < values.before.length; ++i) {
            if (values.before[i] == values.afterwards[i]) continue;
            bool isPresent = (presence >> i) & 1 == 1;
            uint256 before = isPresent ? VerkleHash.hashValue(values.before[i]) : 0;
            uint256 delta = Commitments.subtract(VerkleHash.hashValue(values.afterwards[i]), before);
            Commitments.write(POINTS, terms, position++, uint8(values.suffixes[i]), delta);
        }
    }

    /// @dev All values of a stem as changes of the vector of nothing.
    function _listPairs(bytes memory pairs) private view returns (bytes memory terms) {
        uint256 count = pairs.length / VerkleHash.PAIR_SIZE;
        terms = Commitments.allocate(count);
        for (uint256 i = 0; i < count; ++i) {
            (uint8 suffix, bytes32 value) = _readPair(pairs, i);
            Commitments.write(POINTS, terms, i, suffix, VerkleHash.hashValue(value));
        }
    }

    /// @dev Merges ascending pairs with the writes that change a value.
    function _writePairs(bytes memory pairs, Values memory values)
        private
        pure
        returns (bytes memory merged)
    {
        uint256 old = pairs.length / VerkleHash.PAIR_SIZE;
        uint256 size = values.before.length;
        bytes32[] memory after_ = new bytes32[](256);
        bool[] memory isThere = new bool[](256);
        for (uint256 i = 0; i < old; ++i) {
            (uint8 suffix, bytes32 value) = _readPair(pairs, i);
            (after_[suffix], isThere[suffix]) = (value, true);
        }
        for (uint256 i = 0; i < size; ++i) {
            if (values.before[i] == values.afterwards[i]) continue;
            uint8 suffix = uint8(values.suffixes[i]);
            (after_[suffix], isThere[suffix]) = (values.afterwards[i], true);
        }
        for (uint256 i = 0; i < 256; ++i) {
            if (isThere[i]) {
                merged = abi.encodePacked(merged, bytes1(bytes32(i << 248)), after_[i]);
            }
        }
    }

    function _hashVector(bytes31 stem, bytes memory commitment, bytes memory terms)
        private
        view
        returns (uint256)
    {
        bytes memory updated = Commitments.update(commitment, terms);
        return VerkleHash.hashStem(stem, VerkleHash.hashVectorBody(updated));
    }

    function _readPair(bytes memory pairs, uint256 index)
        private
        pure
        returns (uint8 suffix, bytes32 value)
    {
        uint256 offset = index * VerkleHash.PAIR_SIZE;
        suffix = uint8(pairs[offset]);
        value = Memory.wordAt(pairs, offset + 1);
    }
}
