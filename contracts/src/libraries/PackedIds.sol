// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Lists of member ids, eight a word
/// @notice Id `i` is the 32 bits from bit `32 · (i mod 8)` of word `i / 8`; the bits after the last id are zero.
library PackedIds {
    uint256 internal constant PER_WORD = 8;

    /// @notice The number of words of `count` ids.
    function wordsFor(uint256 count) internal pure returns (uint256) {
        return (count + PER_WORD - 1) / PER_WORD;
    }

    /// @notice Id `index` of a list.
    function idAt(uint256[] calldata words, uint256 index) internal pure returns (uint32) {
        return idIn(words[index / PER_WORD], index);
    }

    /// @notice Id `index` of a list, out of its word.
    function idIn(uint256 word, uint256 index) internal pure returns (uint32) {
        // The other ids of the word are to be cut off.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(word >> (32 * (index % PER_WORD)));
    }

    /// @notice The word with id `index` of the list replaced.
    function withId(uint256 word, uint256 index, uint32 id) internal pure returns (uint256) {
        uint256 shift = 32 * (index % PER_WORD);
        return (word & ~(uint256(type(uint32).max) << shift)) | (uint256(id) << shift);
    }

    /// @notice Packs `count` ids from position `start` on.
    function pack(uint256[] memory ids, uint256 start, uint256 count)
        internal
        pure
        returns (uint256[] memory words)
    {
        words = new uint256[](wordsFor(count));
        for (uint256 i = 0; i < count; ++i) {
            words[i / PER_WORD] |= ids[start + i] << (32 * (i % PER_WORD));
        }
    }

    /// @notice The `count` ids of a list, one a word.
    function unpack(uint256[] calldata words, uint256 count)
        internal
        pure
        returns (uint256[] memory ids)
    {
        ids = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = idAt(words, i);
        }
    }

    /// @notice keccak of the words.
    function hashCalldata(uint256[] calldata words) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }

    /// @notice keccak of the words.
    function hash(uint256[] memory words) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }
}
