// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../src/libraries/BLS.sol";
import {Committees} from "../src/libraries/Committees.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {L1Headers} from "../src/libraries/L1Headers.sol";
import {Merkle} from "../src/libraries/Merkle.sol";
import {Schedule} from "../src/libraries/Schedule.sol";
import {Config} from "../src/types/Config.sol";
import {ScheduleEntry} from "../src/types/Election.sol";
import {Genesis} from "../src/types/Genesis.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";

/// @title The libraries' internal functions as calls, for tests from outside
contract LibraryHarness {
    function hashMessage(bytes32 message) external view returns (G2Point memory) {
        return BLS.hashMessage(message);
    }

    function verifyPossession(G1Point calldata key, bytes32 message, G2Point calldata proof)
        external
        view
        returns (bool)
    {
        return BLS.verifyPossession(key, message, proof);
    }

    function verifyAggregate(
        G1Point[] calldata keys,
        bytes32[] calldata messages,
        G2Point calldata signature
    ) external view returns (bool) {
        G2Point[] memory hashes = new G2Point[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) {
            hashes[i] = BLS.hashMessage(messages[i]);
        }
        return BLS.verifyAggregate(keys, hashes, signature);
    }

    function isPairingOne(bytes calldata pairs) external view returns (bool) {
        return BLS.isPairingOne(pairs);
    }

    function mapToG2(bytes memory element) external view returns (G2Point memory) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(element, 32)
        }
        return BLS.mapToG2(position);
    }

    function reduceElement(bytes memory integer) external pure returns (bytes memory) {
        uint256 position;
        assembly ("memory-safe") {
            position := add(integer, 32)
        }
        BLS.reduceElement(position);
        return integer;
    }

    function addKeys(
        G1Point memory sum,
        G1Point[] calldata keys,
        bytes32[] memory keyHashes,
        bool[] memory isSubtracted
    ) external view returns (uint256 matching, G1Point memory) {
        matching = BLS.addKeys(sum, keys, keyHashes, isSubtracted);
        return (matching, sum);
    }

    function addG1(G1Point memory sum, G1Point memory point)
        external
        view
        returns (G1Point memory)
    {
        BLS.addTo(sum, point);
        return sum;
    }

    function addG2(G2Point memory sum, G2Point memory point)
        external
        view
        returns (G2Point memory)
    {
        BLS.addTo(sum, point);
        return sum;
    }

    function negate(G1Point calldata point) external pure returns (G1Point memory) {
        return BLS.negate(point);
    }

    function hashKey(G1Point calldata key) external pure returns (bytes32) {
        return BLS.hashKey(key);
    }

    function hashConfig(Config calldata config) external pure returns (bytes32) {
        return Encoding.hashConfig(config);
    }

    function hashGenesis(Genesis calldata genesis) external pure returns (bytes32) {
        return Encoding.hashGenesis(genesis);
    }

    function encodeHeader(Header calldata header) external pure returns (bytes memory) {
        return abi.encode(header);
    }

    function decodeHeader(bytes calldata header) external pure returns (Header memory) {
        return Encoding.decodeHeader(header);
    }

    function computeDomain(
        uint256 l1ChainId,
        uint256 l2ChainId,
        address stateContract,
        bytes32 genesisHash
    ) external pure returns (bytes32) {
        return Encoding.computeDomain(l1ChainId, l2ChainId, stateContract, genesisHash);
    }

    function computeDigest(bytes32 domain, bytes calldata header) external pure returns (bytes32) {
        return Encoding.computeDigest(domain, header);
    }

    function computeEndorseMessage(bytes32 digest, uint8 status) external pure returns (bytes32) {
        return Encoding.computeEndorseMessage(digest, status);
    }

    function computePossessionMessage(
        uint256 l1ChainId,
        address managementContract,
        address operator,
        bytes32 keyHash
    ) external pure returns (bytes32) {
        return Encoding.computePossessionMessage(l1ChainId, managementContract, operator, keyHash);
    }

    function computeTransactionsRoot(bytes calldata payload) external pure returns (bytes32) {
        return Encoding.computeTransactionsRoot(payload);
    }

    function computeMerkleRoot(bytes[] calldata items) external pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            leaves[i] = Merkle.hashLeaf(items[i]);
        }
        return Merkle.computeRoot(leaves);
    }

    function verifyMerklePath(
        bytes32 root,
        bytes calldata item,
        uint256 index,
        uint256 count,
        bytes32[] calldata path
    ) external pure returns (bool) {
        return Merkle.verify(root, Merkle.hashLeaf(item), index, count, path);
    }

    function shuffle(bytes32 seed, uint256[] memory ids) external pure returns (uint256[] memory) {
        Committees.shuffle(ids, seed);
        return ids;
    }

    function committeeOf(bytes32 seed, uint256 count, uint256 number, uint256 rung)
        external
        pure
        returns (uint256)
    {
        return Committees.indexOf(seed, count, number, rung);
    }

    function ticketOf(bytes32 seed, uint256 viewNumber, uint256 totalStake)
        external
        pure
        returns (uint256)
    {
        return Schedule.ticketOf(seed, viewNumber, totalStake);
    }

    function computeScheduleRoot(ScheduleEntry[] calldata entries) external pure returns (bytes32) {
        return Schedule.computeRoot(entries);
    }

    function readPrevRandao(bytes calldata headerRlp) external pure returns (bytes32) {
        return L1Headers.readPrevRandao(headerRlp);
    }
}
