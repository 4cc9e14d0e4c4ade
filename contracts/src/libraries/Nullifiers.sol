// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What was paid, one bit each, 256 a word
/// @notice All doors of a bridge share one set. Neighbours share a word, so that few payments take a new slot.
library Nullifiers {
    /// @notice It was paid already.
    error AlreadyPaid();

    /// @notice What is paid.
    enum Kind {
        /// Messages of the outbox, by nonce.
        Withdrawal,
        /// Messages of the inbox, by index.
        Message,
        /// Stems of the escape's state, by the slot of the tree where they are.
        Stem
    }

    uint256 private constant KIND_SHIFT = 253;
    uint256 private constant DEPTH_SHIFT = 248;

    /// @notice Notes a payment, or reverts if it was noted before.
    function spend(mapping(uint256 word => uint256 bits) storage set, Kind kind, uint256 position)
        internal
    {
        uint256 bit = uint256(1) << (position & 0xff);
        uint256 word = _wordOf(kind, position);
        uint256 bits = set[word];
        if (bits & bit != 0) revert AlreadyPaid();
        set[word] = bits | bit;
    }

    /// @notice Takes a note back.
    function free(mapping(uint256 word => uint256 bits) storage set, Kind kind, uint256 position)
        internal
    {
        set[_wordOf(kind, position)] &= ~(uint256(1) << (position & 0xff));
    }

    /// @notice Whether a payment was noted.
    function isSpent(mapping(uint256 word => uint256 bits) storage set, Kind kind, uint256 position)
        internal
        view
        returns (bool)
    {
        return (set[_wordOf(kind, position)] >> (position & 0xff)) & 1 == 1;
    }

    /// @notice The position of a stem: the path to its slot of the tree, and how long that is.
    /// @dev Under one state root a slot has one stem, and a stem one slot.
    function positionOf(bytes31 stem, uint256 depth) internal pure returns (uint256) {
        return (depth << DEPTH_SHIFT) | (uint256(uint248(stem)) >> (8 * (31 - depth)));
    }

    function _wordOf(Kind kind, uint256 position) private pure returns (uint256) {
        return (uint256(kind) << KIND_SHIFT) | (position >> 8);
    }
}
