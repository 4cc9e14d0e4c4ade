// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Where the state lives in the tree
/// @notice stem = keccak(address 32 ‖ tree index 32, little-endian)[:31], key = stem ‖ suffix. An account's own stem has
/// tree index 0, and in it basic data, code hash and the slots below 64.
library StateKeys {
    /// @notice Suffix of the leaf with an account's balance.
    uint8 internal constant BASIC_DATA_SUFFIX = 0;
    /// @notice Suffix of the leaf with the hash of an account's code.
    uint8 internal constant CODE_HASH_SUFFIX = 1;

    uint256 private constant HEADER_SLOTS_START = 64;
    uint256 private constant HEADER_SLOTS = 64;
    /// @dev Tree index of slot 0 for the slots outside the own stem.
    uint256 private constant MAIN_STORAGE_INDEX = 1 << 240;

    /// @notice The own stem of an account.
    function accountStem(address account) internal pure returns (bytes31) {
        return _stemOf(account, 0);
    }

    /// @notice The stem and suffix of a storage slot.
    function storageKey(address account, bytes32 slot)
        internal
        pure
        returns (bytes31 stem, uint8 suffix)
    {
        uint256 number = uint256(slot);
        if (number < HEADER_SLOTS) {
            // forge-lint: disable-next-line(unsafe-typecast)
            return (accountStem(account), uint8(HEADER_SLOTS_START + number));
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        return (_stemOf(account, MAIN_STORAGE_INDEX + (number >> 8)), uint8(number));
    }

    /// @notice The slot of a key in a mapping that is itself in slot `mappingSlot`.
    function mappingSlot(bytes32 key, uint256 slot) internal pure returns (bytes32) {
        return keccak256(abi.encode(key, slot));
    }

    function _stemOf(address account, uint256 treeIndex) private pure returns (bytes31) {
        return bytes31(keccak256(abi.encode(account, _reverse(treeIndex))));
    }

    /// @dev The bytes of a word from the last to the first, by halves of halves.
    function _reverse(uint256 word) private pure returns (uint256) {
        if (word == 0) return 0;
        word = _swap(word, 8, 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff);
        word = _swap(word, 16, 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff);
        word = _swap(word, 32, 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff);
        word = _swap(word, 64, 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff);
        return (word >> 128) | (word << 128);
    }

    function _swap(uint256 word, uint256 bits, uint256 mask) private pure returns (uint256) {
        return ((word >> bits) & mask) | ((word & mask) << bits);
    }
}
