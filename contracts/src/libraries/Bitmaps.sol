// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Sets of positions, 256 a word
/// @notice Bit `i % 256` of word `i / 256` is position `i`; the bits after the last position are zero.
library Bitmaps {
    uint256 internal constant PER_WORD = 256;

    uint256 private constant MASK_1 =
        0x5555555555555555555555555555555555555555555555555555555555555555;
    uint256 private constant MASK_2 =
        0x3333333333333333333333333333333333333333333333333333333333333333;
    uint256 private constant MASK_4 =
        0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    uint256 private constant MASK_8 =
        0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant SUM_16 =
        0x0001000100010001000100010001000100010001000100010001000100010001;

    /// @notice Decides whether a bitmap is one of `size` positions.
    function isOfSize(uint256[] calldata bitmap, uint256 size) internal pure returns (bool) {
        if (bitmap.length != (size + PER_WORD - 1) / PER_WORD) return false;
        uint256 last = size % PER_WORD;
        return last == 0 || bitmap[bitmap.length - 1] >> last == 0;
    }

    /// @notice An empty bitmap of `size` positions.
    function make(uint256 size) internal pure returns (uint256[] memory) {
        return new uint256[]((size + PER_WORD - 1) / PER_WORD);
    }

    /// @notice The word of a full bitmap of `size` positions.
    function fullWord(uint256 size, uint256 word) internal pure returns (uint256) {
        uint256 left = size - word * PER_WORD;
        return left >= PER_WORD ? type(uint256).max : 2 ** left - 1;
    }

    /// @notice Decides whether a position is in the set.
    function contains(uint256[] memory bitmap, uint256 position) internal pure returns (bool) {
        uint256 word = position / PER_WORD;
        return word < bitmap.length && (bitmap[word] >> (position % PER_WORD)) & 1 == 1;
    }

    /// @notice Puts a position into the set.
    function insert(uint256[] memory bitmap, uint256 position) internal pure {
        bitmap[position / PER_WORD] |= 2 ** (position % PER_WORD);
    }

    /// @notice The number of positions in the set.
    function count(uint256[] calldata bitmap) internal pure returns (uint256 total) {
        for (uint256 i = 0; i < bitmap.length; ++i) {
            total += countWord(bitmap[i]);
        }
    }

    /// @notice The lowest bit of a word that is not zero.
    function lowestOf(uint256 word) internal pure returns (uint256 bit) {
        assembly ("memory-safe") {
            bit := sub(255, clz(and(word, sub(0, word))))
        }
    }

    /// @notice The number of one bits, summed in ever wider fields.
    function countWord(uint256 word) internal pure returns (uint256) {
        unchecked {
            word = (word & MASK_1) + ((word >> 1) & MASK_1);
            word = (word & MASK_2) + ((word >> 2) & MASK_2);
            word = (word & MASK_4) + ((word >> 4) & MASK_4);
            word = (word & MASK_8) + ((word >> 8) & MASK_8);
            return (word * SUM_16) >> 240;
        }
    }
}
