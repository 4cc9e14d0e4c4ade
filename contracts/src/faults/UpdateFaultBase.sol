// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IUpdateFaults} from "../interfaces/IUpdateFaults.sol";
import {Evidence} from "../libraries/Evidence.sol";
import {VerkleHash} from "../libraries/VerkleHash.sol";
import {Preimage, Range, UpdateEntry} from "../types/Evidence.sol";
import {FaultModule} from "./FaultModule.sol";

/// @title What the faults of the update list share
abstract contract UpdateFaultBase is FaultModule, IUpdateFaults {
    /// @dev What was in a slot before.
    enum Kind {
        Nothing,
        Stem,
        Inner
    }

    /// @dev Size of an affine point.
    uint256 private constant AFFINE_SIZE = 96;

    /// @dev The entry that a range of one item shows.
    function _requireEntry(bytes32 updateRoot, Range calldata range)
        internal
        pure
        returns (UpdateEntry memory)
    {
        return Evidence.readUpdateEntry(_requireItem(updateRoot, range));
    }

    /// @dev Refuses a range that does not show that no entry has an order from `least` to `greatest` outside of it:
    /// its ends are ends of the list, or entries before and after.
    function _requireComplete(Range calldata range, uint256 least, uint256 greatest) internal pure {
        uint256 size = range.items.length;
        if (!_isAtStart(range)) {
            if (size == 0 || _orderAt(range, 0) >= least) revert WrongRange();
        }
        if (!_isAtEnd(range)) {
            if (size == 0 || _orderAt(range, size - 1) <= greatest) revert WrongRange();
        }
    }

    /// @dev Refuses a range that does not show that the slot at a path has no entry.
    function _requireAbsent(bytes32 updateRoot, Range calldata range, uint256 length, bytes31 path)
        internal
        pure
    {
        _requireRange(updateRoot, range);
        uint256 order = Evidence.orderOf(length, path);
        _requireComplete(range, order, order);
        for (uint256 i = 0; i < range.items.length; ++i) {
            if (_orderAt(range, i) == order) revert WrongRange();
        }
    }

    /// @dev What was in a slot before, by the preimage of its scalar.
    function _kindOf(uint256 before, Preimage calldata preimage) internal pure returns (Kind) {
        if (before == 0) return Kind.Nothing;
        if (preimage.commitment.length == AFFINE_SIZE) {
            if (VerkleHash.hashInner(preimage.commitment) != before) revert WrongPreimage();
            return Kind.Inner;
        }
        if (VerkleHash.hashStem(preimage.stem, preimage.body) != before) revert WrongPreimage();
        return Kind.Stem;
    }

    function _orderAt(Range calldata range, uint256 index) internal pure returns (uint256) {
        return Evidence.orderOf(Evidence.readUpdateEntry(range.items[index]));
    }
}
