// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice The fields of an L1 header that an anchor is checked against.
struct L1Fields {
    /// Number of the block.
    uint256 number;
    /// Its time, unix seconds.
    uint256 timestamp;
    /// Its PREVRANDAO.
    bytes32 prevRandao;
}

/// @title Fields of an L1 header whose hash was checked
library L1HeaderFields {
    /// @notice The header is no RLP list with these fields.
    error MalformedL1Header();

    uint256 private constant NUMBER_INDEX = 8;
    uint256 private constant TIMESTAMP_INDEX = 11;
    uint256 private constant MIX_HASH_INDEX = 13;

    /// @notice Reads the fields.
    function read(bytes calldata headerRlp) internal pure returns (L1Fields memory fields) {
        (uint256 offset,) = _readPrefix(headerRlp, 0);
        for (uint256 i = 0; i <= MIX_HASH_INDEX; ++i) {
            (uint256 start, uint256 size) = _readPrefix(headerRlp, offset);
            offset = start + size;
            if (offset > headerRlp.length) revert MalformedL1Header();
            if (i == NUMBER_INDEX) fields.number = _toNumber(headerRlp[start:offset]);
            if (i == TIMESTAMP_INDEX) fields.timestamp = _toNumber(headerRlp[start:offset]);
            if (i == MIX_HASH_INDEX) {
                if (size != 32) revert MalformedL1Header();
                fields.prevRandao = bytes32(headerRlp[start:offset]);
            }
        }
    }

    function _toNumber(bytes calldata content) private pure returns (uint256) {
        if (content.length > 32) revert MalformedL1Header();
        uint256 number = 0;
        for (uint256 i = 0; i < content.length; ++i) {
            number = (number << 8) | uint8(content[i]);
        }
        return number;
    }

    /// @dev Start and size of the content of the RLP item at `offset`.
    function _readPrefix(bytes calldata rlp, uint256 offset)
        private
        pure
        returns (uint256 start, uint256 size)
    {
        if (offset >= rlp.length) revert MalformedL1Header();
        uint256 prefix = uint8(rlp[offset]);
        if (prefix < 0x80) return (offset, 1);
        uint256 short = prefix - (prefix >= 0xc0 ? 0xc0 : 0x80);
        if (short <= 55) return (offset + 1, short);

        start = offset + 1 + short - 55;
        if (start > rlp.length) revert MalformedL1Header();
        size = _toNumber(rlp[offset + 1:start]);
        if (size > rlp.length) revert MalformedL1Header();
    }
}
