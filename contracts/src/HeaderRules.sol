// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {L1Headers} from "./libraries/L1Headers.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Head, Statement} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Header} from "./types/Header.sol";

/// @title What a header must be, given its parent, its payload and the L1, whoever signed it
/// @notice Calldata mode, in a version without messages, blobs and checkpoints.
/// @dev A field that follows from others is not sent but filled in: a header that differs there has another digest,
/// so that its signature does not verify.
abstract contract HeaderRules is IStateContract {
    /// @dev The L1 block that packets of a batch are anchored to, looked up once for all that share it.
    struct Anchor {
        uint64 number;
        uint64 epoch;
        bytes32 blockHash;
    }

    /// @dev L1 blocks after which a packet's anchor is too old: the packet is dead.
    uint64 private constant MAX_ANCHOR_AGE_BLOCKS = 1800;
    uint256 private constant BASE_FEE_CHANGE_DENOMINATOR = 8;
    uint64 private constant ELASTICITY = 2;

    uint32 private immutable VERSION;
    uint64 private immutable GENESIS_TIME;
    uint64 private immutable VIEW_SECONDS;
    uint64 private immutable GAS_LIMIT;
    uint64 internal immutable GAS_TARGET;
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
        GAS_TARGET = config.gasLimit / ELASTICITY;
        MAX_PAYLOAD_BYTES = config.maxPayloadBytes;
        ANCHOR_DEPTH = config.anchorDepth;
        NO_WITHDRAWALS = Merkle.computeRoot(new bytes32[](0));
    }

    /// @dev Looks up the anchor of a packet, unless it is its predecessor's.
    function _moveAnchor(
        IManagementContract management_,
        Anchor memory anchor,
        uint64 parentL1Number,
        uint64 l1Number
    ) internal view {
        if (l1Number < parentL1Number) {
            revert AnchorBeforeParent(parentL1Number, l1Number);
        }
        if (l1Number == anchor.number && anchor.blockHash != 0) return;
        uint256 age = block.number > l1Number ? block.number - l1Number : 0;
        if (age == 0 || age < ANCHOR_DEPTH) revert AnchorTooShallow(ANCHOR_DEPTH, age);
        if (age > MAX_ANCHOR_AGE_BLOCKS) revert AnchorTooOld(MAX_ANCHOR_AGE_BLOCKS, age);
        anchor.number = l1Number;
        anchor.blockHash = L1Headers.hashOf(l1Number);
        anchor.epoch = management_.epochNumberAt(l1Number);
    }

    /// @dev Makes the header of the packet after `parent`, checked as far as it does not follow.
    function _makeHeader(
        bytes32 domain_,
        Head memory parent,
        Anchor memory anchor,
        address producer,
        Statement calldata statement
    ) internal view returns (Header memory header) {
        uint64 timestamp = statement.timestamp;
        if (timestamp < parent.timestamp) {
            revert TimestampBeforeParent(parent.timestamp, timestamp);
        }
        if (timestamp > block.timestamp) revert TimestampInFuture(block.timestamp, timestamp);
        uint64 gasUsed = statement.gasUsed;
        if (gasUsed > GAS_LIMIT) revert GasUsedAboveLimit(GAS_LIMIT, gasUsed);

        header = Encoding.newHeader(domain_);
        header.version = VERSION;
        header.number = parent.number + 1;
        header.parentHash = parent.digest;
        header.viewNumber = (timestamp - GENESIS_TIME) / VIEW_SECONDS;
        header.producer = producer;
        header.timestamp = timestamp;
        header.gasLimit = GAS_LIMIT;
        header.gasUsed = gasUsed;
        header.baseFee = parent.nextBaseFee;
        header.l1Number = anchor.number;
        header.l1Hash = anchor.blockHash;
        header.prevRandao = statement.prevRandao;
        header.preStateRoot = parent.stateRoot;
        header.postStateRoot = statement.postStateRoot;
        header.transactionsRoot = statement.transactionsRoot;
        header.accessRoot = statement.accessRoot;
        header.updateRoot = statement.updateRoot;
        header.traceRoot = 0;
        header.receiptsRoot = statement.receiptsRoot;
        header.withdrawalsRoot = NO_WITHDRAWALS;
        header.inboxCount = 0;
        header.inboxHash = 0;
        header.payloadHash = statement.payloadHash;
        header.dataHash = 0;
        header.feeGasPrice = statement.feeGasPrice;
        header.feeGasLimit = statement.feeGasLimit;
    }

    function _requirePayload(Statement calldata statement, bytes calldata payload) internal view {
        if (payload.length > MAX_PAYLOAD_BYTES) {
            revert PayloadTooLarge(MAX_PAYLOAD_BYTES, payload.length);
        }
        bytes32 payloadHash = keccak256(payload);
        if (statement.payloadHash != payloadHash) {
            revert PayloadHashMismatch(payloadHash, statement.payloadHash);
        }
        bytes32 transactionsRoot = Encoding.computeTransactionsRoot(payload);
        if (statement.transactionsRoot != transactionsRoot) {
            revert TransactionsRootMismatch(transactionsRoot, statement.transactionsRoot);
        }
    }

    /// @dev Makes the packet the head; the next base fee is EIP-1559's.
    function _advance(Head memory head_, Header memory header, bytes32 digest) internal view {
        head_.number += 1;
        head_.timestamp = Narrow.toUint48(header.timestamp);
        head_.l1Number = Narrow.toUint48(header.l1Number);
        head_.nextBaseFee = _nextBaseFee(header.baseFee, header.gasUsed);
        head_.digest = digest;
        head_.stateRoot = header.postStateRoot;
    }

    function _nextBaseFee(uint256 baseFee, uint256 gasUsed) private view returns (uint64) {
        uint256 target = GAS_TARGET;
        if (gasUsed <= target) {
            uint256 fall = baseFee * (target - gasUsed) / target / BASE_FEE_CHANGE_DENOMINATOR;
            return Narrow.toUint64(baseFee - fall);
        }
        uint256 rise = baseFee * (gasUsed - target) / target / BASE_FEE_CHANGE_DENOMINATOR;
        return Narrow.toUint64(baseFee + (rise > 0 ? rise : 1));
    }
}
