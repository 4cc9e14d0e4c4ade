// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Tip} from "../types/Commit.sol";
import {Config} from "../types/Config.sol";
import {Genesis} from "../types/Genesis.sol";
import {Header} from "../types/Header.sol";
import {Hashes} from "./Hashes.sol";
import {Merkle} from "./Merkle.sol";

/// @title Hashes of the protocol's containers, signed messages and the payload
library Encoding {
    /// @notice The payload is not canonical in its codec.
    error MalformedPayload();
    /// @notice The encoded header has not the size of its 26 words.
    error MalformedPacketHeader(uint256 size);
    /// @notice The transaction has no blob with this index.
    error BlobMissing(uint256 index);
    /// @notice A word of the encoded header does not fit its field.
    error HeaderWordTooLarge(uint256 index);

    /// @dev Bytes of each field of a header.
    bytes26 private constant WIDTHS = hex"0408200814080808080820202020202020202020082020200808";
    uint256 private constant ENDORSE_TAG = 1;
    uint256 private constant HEADER_SIZE = 26 * 32;
    uint256 private constant NUMBER_OFFSET = 32;
    uint256 private constant PAYLOAD_CODEC = 1;
    uint256 private constant PAYLOAD_HEAD_SIZE = 5;
    uint256 private constant LENGTH_SIZE = 4;

    /// @notice Hashes a configuration.
    function hashConfig(Config memory config) internal pure returns (bytes32) {
        return keccak256(abi.encode(config));
    }

    /// @notice Hashes a genesis: the parent hash of the first packet.
    function hashGenesis(Genesis memory genesis) internal pure returns (bytes32) {
        return keccak256(abi.encode(genesis));
    }

    /// @notice Hashes what the next packet's sender shows of the last one.
    function hashTip(Tip memory tip) internal pure returns (bytes32) {
        return Hashes.ofThree(tip.digest, tip.stateRoot, bytes32(uint256(tip.nextBaseFee)));
    }

    /// @notice Hashes the blobs of a data anchor: keccak of their versioned hashes.
    /// @param first Index of the first of them in the transaction.
    /// @param count Their number.
    function hashBlobs(uint256 first, uint256 count) internal view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            hashes[i] = blobhash(first + i);
            if (hashes[i] == 0) revert BlobMissing(first + i);
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// @notice Computes the domain of every digest of a network.
    function computeDomain(
        uint256 l1ChainId,
        uint256 l2ChainId,
        address stateContract,
        bytes32 genesisHash
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode("corollup/1", l1ChainId, l2ChainId, stateContract, genesisHash));
    }

    /// @notice Computes the digest of an encoded header, which is the L2 block hash.
    function computeDigest(bytes32 domain, bytes calldata header) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(domain, header));
    }

    /// @notice Decodes a header from exactly its 26 words, each within the width of its field.
    function decodeHeader(bytes calldata words) internal pure returns (Header memory header) {
        if (words.length != HEADER_SIZE) revert MalformedPacketHeader(words.length);
        for (uint256 i = 0; i < WIDTHS.length; ++i) {
            uint256 width = uint8(WIDTHS[i]);
            uint256 word = uint256(bytes32(words[32 * i:32 * i + 32]));
            if (width < 32 && word >> (8 * width) != 0) revert HeaderWordTooLarge(i);
        }
        assembly ("memory-safe") {
            calldatacopy(header, words.offset, HEADER_SIZE)
        }
    }

    /// @notice Reads the packet number out of an encoded header.
    function readNumber(bytes calldata words) internal pure returns (uint256) {
        if (words.length != HEADER_SIZE) revert MalformedPacketHeader(words.length);
        return uint256(bytes32(words[NUMBER_OFFSET:NUMBER_OFFSET + 32]));
    }

    /// @notice Computes the digest of a header, whose fields lie in memory as ABI words.
    function computeDigest(bytes32 domain, Header memory header)
        internal
        pure
        returns (bytes32 digest)
    {
        assembly ("memory-safe") {
            let copy := mload(0x40)
            mstore(copy, domain)
            mcopy(add(copy, 32), header, HEADER_SIZE)
            digest := keccak256(copy, add(HEADER_SIZE, 32))
        }
    }

    /// @notice Computes the message of an endorsement; a producer signs its own header with status 1.
    function computeEndorseMessage(bytes32 digest, uint8 status) internal pure returns (bytes32) {
        return Hashes.ofThree(bytes32(ENDORSE_TAG), digest, bytes32(uint256(status)));
    }

    /// @notice Computes the message that proves possession of a key and binds it to its operator.
    function computePossessionMessage(
        uint256 l1ChainId,
        address managementContract,
        address operator,
        bytes32 keyHash
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(l1ChainId, managementContract, operator, keyHash));
    }

    /// @notice Computes the Merkle root of a payload's transactions.
    /// @dev Payload: u8 1 ‖ u32 count ‖ (u32 length ‖ bytes)*.
    function computeTransactionsRoot(bytes calldata payload) internal pure returns (bytes32) {
        if (payload.length < PAYLOAD_HEAD_SIZE || uint8(payload[0]) != PAYLOAD_CODEC) {
            revert MalformedPayload();
        }
        uint256 count = uint32(bytes4(payload[1:PAYLOAD_HEAD_SIZE]));
        uint256 offset = PAYLOAD_HEAD_SIZE;
        if (count * LENGTH_SIZE > payload.length - offset) revert MalformedPayload();

        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 start = offset + LENGTH_SIZE;
            if (start > payload.length) revert MalformedPayload();
            offset = start + uint32(bytes4(payload[offset:start]));
            if (offset > payload.length) revert MalformedPayload();
            leaves[i] = Merkle.hashLeafCalldata(payload[start:offset]);
        }
        if (offset != payload.length) revert MalformedPayload();
        return Merkle.computeRoot(leaves);
    }
}
