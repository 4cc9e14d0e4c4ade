// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStateContract} from "./interfaces/IStateContract.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {L1Headers} from "./libraries/L1Headers.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Head} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Header} from "./types/Header.sol";

/// @title What a header must be, given its parent, its payload and the L1, whoever signed it
/// @notice Calldata mode, in a version without messages, blobs and checkpoints.
abstract contract HeaderRules is IStateContract {
    /// @dev L1 blocks after which a packet's anchor is too old: the packet is dead.
    uint64 private constant MAX_ANCHOR_AGE_BLOCKS = 1800;
    uint256 private constant BASE_FEE_CHANGE_DENOMINATOR = 8;
    uint256 private constant ELASTICITY = 2;

    uint32 private immutable VERSION;
    uint64 private immutable GENESIS_TIME;
    uint64 private immutable VIEW_SECONDS;
    uint64 private immutable GAS_LIMIT;
    uint64 private immutable MAX_PAYLOAD_BYTES;
    uint64 private immutable ANCHOR_DEPTH;
    bytes32 private immutable NO_WITHDRAWALS;

    constructor(Config memory config) {
        if (config.dataAnchorInterval != 0) revert InvalidConfig("dataAnchorInterval");
        if (config.viewSeconds == 0) revert InvalidConfig("viewSeconds");
        if (config.gasLimit < ELASTICITY) revert InvalidConfig("gasLimit");
        VERSION = config.version;
        GENESIS_TIME = config.genesisTime;
        VIEW_SECONDS = config.viewSeconds;
        GAS_LIMIT = config.gasLimit;
        MAX_PAYLOAD_BYTES = config.maxPayloadBytes;
        ANCHOR_DEPTH = config.anchorDepth;
        NO_WITHDRAWALS = Merkle.computeRoot(new bytes32[](0));
    }

    function _requireSuccessor(Head memory parent, Header memory header) internal view {
        if (header.version != VERSION) revert WrongVersion(VERSION, header.version);
        if (header.number != parent.number + 1) {
            revert WrongNumber(parent.number + 1, header.number);
        }
        if (header.parentHash != parent.digest) {
            revert WrongParentHash(parent.digest, header.parentHash);
        }
        if (header.preStateRoot != parent.stateRoot) {
            revert WrongPreStateRoot(parent.stateRoot, header.preStateRoot);
        }
        if (header.timestamp < parent.timestamp) {
            revert TimestampBeforeParent(parent.timestamp, header.timestamp);
        }
        if (header.timestamp > block.timestamp) {
            revert TimestampInFuture(block.timestamp, header.timestamp);
        }
        uint64 expectedView = (header.timestamp - GENESIS_TIME) / VIEW_SECONDS;
        if (header.viewNumber != expectedView) revert WrongView(expectedView, header.viewNumber);
        if (header.baseFee != parent.nextBaseFee) {
            revert WrongBaseFee(parent.nextBaseFee, header.baseFee);
        }
    }

    /// @dev Rules of a version without messages, blobs and checkpoints.
    function _requireStaticRules(Header memory header) internal view {
        if (header.gasLimit != GAS_LIMIT) revert WrongGasLimit(GAS_LIMIT, header.gasLimit);
        if (header.gasUsed > GAS_LIMIT) revert GasUsedAboveLimit(GAS_LIMIT, header.gasUsed);
        if (header.traceRoot != 0) revert ReservedFieldNotZero("traceRoot");
        if (header.inboxCount != 0) revert ReservedFieldNotZero("inboxCount");
        if (header.inboxHash != 0) revert ReservedFieldNotZero("inboxHash");
        if (header.dataHash != 0) revert ReservedFieldNotZero("dataHash");
        if (header.withdrawalsRoot != NO_WITHDRAWALS) {
            revert ReservedFieldNotZero("withdrawalsRoot");
        }
    }

    function _requireAnchor(Head memory parent, Header memory header) internal view {
        if (header.l1Number < parent.l1Number) {
            revert AnchorBeforeParent(parent.l1Number, header.l1Number);
        }
        uint256 age = block.number > header.l1Number ? block.number - header.l1Number : 0;
        if (age == 0 || age < ANCHOR_DEPTH) revert AnchorTooShallow(ANCHOR_DEPTH, age);
        if (age > MAX_ANCHOR_AGE_BLOCKS) revert AnchorTooOld(MAX_ANCHOR_AGE_BLOCKS, age);
        bytes32 l1Hash = L1Headers.hashOf(header.l1Number);
        if (header.l1Hash != l1Hash) revert WrongAnchorHash(l1Hash, header.l1Hash);
    }

    function _requirePayload(Header memory header, bytes calldata payload) internal view {
        if (payload.length > MAX_PAYLOAD_BYTES) {
            revert PayloadTooLarge(MAX_PAYLOAD_BYTES, payload.length);
        }
        bytes32 payloadHash = keccak256(payload);
        if (header.payloadHash != payloadHash) {
            revert PayloadHashMismatch(payloadHash, header.payloadHash);
        }
        bytes32 transactionsRoot = Encoding.computeTransactionsRoot(payload);
        if (header.transactionsRoot != transactionsRoot) {
            revert TransactionsRootMismatch(transactionsRoot, header.transactionsRoot);
        }
    }

    /// @dev Makes the packet the head; the next base fee is EIP-1559's.
    function _advance(Head memory head_, Header memory header, bytes32 digest) internal pure {
        head_.number = header.number;
        head_.timestamp = header.timestamp;
        head_.l1Number = header.l1Number;
        head_.nextBaseFee = _nextBaseFee(header);
        head_.digest = digest;
        head_.stateRoot = header.postStateRoot;
    }

    function _nextBaseFee(Header memory header) private pure returns (uint64) {
        uint256 target = header.gasLimit / ELASTICITY;
        uint256 baseFee = header.baseFee;
        if (header.gasUsed == target) return header.baseFee;
        if (header.gasUsed < target) {
            uint256 below = target - header.gasUsed;
            return Narrow.toUint64(baseFee - baseFee * below / target / BASE_FEE_CHANGE_DENOMINATOR);
        }
        uint256 rise = baseFee * (header.gasUsed - target) / target / BASE_FEE_CHANGE_DENOMINATOR;
        return Narrow.toUint64(baseFee + (rise > 0 ? rise : 1));
    }
}
