// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bitmaps} from "../../src/libraries/Bitmaps.sol";
import {Committees} from "../../src/libraries/Committees.sol";
import {Merkle} from "../../src/libraries/Merkle.sol";
import {Narrow} from "../../src/libraries/Narrow.sol";
import {PackedIds} from "../../src/libraries/PackedIds.sol";

/// @title Arithmetic of the libraries, for all inputs (make prove)
/// @dev Halmos executes each `check_` with symbolic arguments and asks a solver for a counterexample.
contract ArithmeticProofs {
    using Bitmaps for uint256[];

    function narrow(uint256 value, uint256 bits) external pure returns (uint256) {
        if (bits == 32) return Narrow.toUint32(value);
        if (bits == 40) return Narrow.toUint40(value);
        if (bits == 48) return Narrow.toUint48(value);
        if (bits == 64) return Narrow.toUint64(value);
        if (bits == 88) return Narrow.toUint88(value);
        if (bits == 96) return Narrow.toUint96(value);
        return Narrow.toUint128(value);
    }

    function verifyLeaf(uint256 index, uint256 count, bytes32[] calldata path)
        external
        pure
        returns (bool)
    {
        return Merkle.verify(bytes32(0), bytes32(uint256(1)), index, count, path);
    }

    /// A conversion keeps the value, or refuses it exactly if it does not fit.
    function check_narrow_never_truncates(uint256 value) external view {
        uint8[7] memory widths = [32, 40, 48, 64, 88, 96, 128];
        for (uint256 i = 0; i < widths.length; ++i) {
            bool fits = value >> widths[i] == 0;
            try this.narrow(value, widths[i]) returns (uint256 narrowed) {
                assert(fits && narrowed == value);
            } catch {
                assert(!fits);
            }
        }
    }

    /// The written id is read again, and no other id of the word changes.
    function check_packed_ids_are_apart(uint256 word, uint8 index, uint8 other, uint32 id)
        external
        pure
    {
        (uint256 place, uint256 another) = (index % 8, other % 8);
        uint256 changed = PackedIds.withId(word, place, id);
        assert(PackedIds.idIn(changed, place) == id);
        if (place != another) {
            assert(PackedIds.idIn(changed, another) == PackedIds.idIn(word, another));
        }
    }

    /// Ids are written into the words that hold them, and into no more.
    function check_packed_ids_take_the_least_words(uint16 count) external pure {
        uint256 words = PackedIds.wordsFor(count);
        assert(words * PackedIds.PER_WORD >= count);
        assert(count == 0 ? words == 0 : (words - 1) * PackedIds.PER_WORD < count);
    }

    /// Beyond its words a bitmap has nothing.
    function check_bitmap_has_nothing_beyond(uint256 word, uint256 position) external pure {
        uint256[] memory bitmap = new uint256[](1);
        bitmap[0] = word;
        assert(position < 256 || !bitmap.contains(position));
    }

    /// Taking a bit out lowers the count by one, so the count is the number of bits; of 16 positions.
    function check_count_is_the_number_of_bits(uint16 word) external pure {
        assert(Bitmaps.countWord(0) == 0);
        if (word == 0) return;
        assert(Bitmaps.countWord(word & (word - 1)) + 1 == Bitmaps.countWord(word));
    }

    /// A quorum is the least number of signers that is two thirds of the group.
    function check_quorum_is_two_thirds_rounded_up(uint16 size) external pure {
        uint256 quorum = Committees.quorumOf(size);
        assert(3 * quorum >= 2 * uint256(size));
        assert(size == 0 || 3 * (quorum - 1) < 2 * uint256(size));
        assert(quorum <= size);
    }

    /// No leaf is at or beyond the number of leaves, whatever the path.
    function check_no_leaf_beyond_the_last(uint256 index, uint256 count, bytes32 sibling)
        external
        view
    {
        if (index < count) return;
        bytes32[] memory path = new bytes32[](1);
        path[0] = sibling;
        assert(!this.verifyLeaf(index, count, path));
    }
}
