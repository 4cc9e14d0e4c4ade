// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInbox} from "./interfaces/IInbox.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {L1Headers} from "./libraries/L1Headers.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Head, Statement, Tip} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Header} from "./types/Header.sol";

/// @title What a header must be, given its parent, its data, the inbox and the L1, whoever signed it
/// @dev A field that follows from others is not sent but filled in: a header that differs there has another digest,
/// so that its signature does not verify.
abstract contract HeaderRules is IStateContract {
    /// @dev The L1 block that packets of a batch are anchored to, looked up once for all that share it.
    struct Anchor {
        uint64 number;
        uint64 epoch;
        bytes32 blockHash;
        /// Whether a packet of this anchor consumed nothing, so that the next one may consume nothing either.
        bool isInboxSettled;
        bytes32 inboxHash;
    }

    /// @dev The head of the chain while packets are added to it.
    struct Chain {
        Head head;
        Tip tip;
        /// Blobs of the transaction that are taken.
        uint256 blobs;
    }

    /// @dev L1 blocks after which a packet's anchor is too old: the packet is dead.
    uint64 private constant MAX_ANCHOR_AGE_BLOCKS = 1800;
    uint256 private constant BASE_FEE_CHANGE_DENOMINATOR = 8;
    uint64 private constant ELASTICITY = 2;

    /// @dev What the blobs of a transaction hold, with 31 bytes an element; and what is in them beside payloads.
    uint256 private constant BLOBS_BYTES = 6 * 4096 * 31;
    uint256 private constant DATA_HEAD_BYTES = 17;
    uint256 private constant PAYLOAD_LENGTH_BYTES = 4;

    uint32 private immutable VERSION;
    uint64 private immutable GENESIS_TIME;
    uint64 private immutable VIEW_SECONDS;
    uint64 private immutable GAS_LIMIT;
    uint64 internal immutable GAS_TARGET;
    uint64 private immutable MAX_PAYLOAD_BYTES;
    uint64 internal immutable DATA_ANCHOR_INTERVAL;
    uint64 private immutable ANCHOR_DEPTH;
    IInbox private immutable INBOX;

    constructor(Config memory config, IInbox inbox_) {
        if (config.viewSeconds == 0) revert InvalidConfig("viewSeconds");
        if (config.gasLimit < ELASTICITY) revert InvalidConfig("gasLimit");
        uint256 most =
            config.dataAnchorInterval * (uint256(config.maxPayloadBytes) + PAYLOAD_LENGTH_BYTES);
        if (most != 0 && most + DATA_HEAD_BYTES > BLOBS_BYTES) {
            revert InvalidConfig("maxPayloadBytes");
        }
        VERSION = config.version;
        GENESIS_TIME = config.genesisTime;
        VIEW_SECONDS = config.viewSeconds;
        GAS_LIMIT = config.gasLimit;
        GAS_TARGET = config.gasLimit / ELASTICITY;
        MAX_PAYLOAD_BYTES = config.maxPayloadBytes;
        DATA_ANCHOR_INTERVAL = config.dataAnchorInterval;
        ANCHOR_DEPTH = config.anchorDepth;
        INBOX = inbox_;
    }

    /// @inheritdoc IStateContract
    function inbox() external view override returns (IInbox) {
        return INBOX;
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
        anchor.isInboxSettled = false;
    }

    /// @dev Fills in the header of the next packet of the chain, checked as far as it does not follow.
    function _fillHeader(
        Header memory header,
        Chain memory chain,
        Anchor memory anchor,
        address producer,
        Statement calldata statement
    ) internal view {
        uint64 timestamp = statement.timestamp;
        if (timestamp < chain.head.timestamp) {
            revert TimestampBeforeParent(chain.head.timestamp, timestamp);
        }
        if (timestamp > block.timestamp) revert TimestampInFuture(block.timestamp, timestamp);
        uint64 gasUsed = statement.gasUsed;
        if (gasUsed > GAS_LIMIT) revert GasUsedAboveLimit(GAS_LIMIT, gasUsed);
        uint64 number = chain.head.number + 1;

        header.version = VERSION;
        header.number = number;
        header.parentHash = chain.tip.digest;
        header.viewNumber = (timestamp - GENESIS_TIME) / VIEW_SECONDS;
        header.producer = producer;
        header.timestamp = timestamp;
        header.gasLimit = GAS_LIMIT;
        header.gasUsed = gasUsed;
        header.baseFee = chain.tip.nextBaseFee;
        header.l1Number = anchor.number;
        header.l1Hash = anchor.blockHash;
        header.prevRandao = statement.prevRandao;
        header.preStateRoot = chain.tip.stateRoot;
        header.postStateRoot = statement.postStateRoot;
        header.transactionsRoot = statement.transactionsRoot;
        header.accessRoot = statement.accessRoot;
        header.updateRoot = statement.updateRoot;
        header.traceRoot = 0;
        header.receiptsRoot = statement.receiptsRoot;
        header.withdrawalsRoot = statement.withdrawalsRoot;
        header.inboxCount = statement.inboxCount;
        header.inboxHash = _inboxHashOf(chain.head.inboxCount, statement.inboxCount, anchor);
        header.payloadHash = statement.payloadHash;
        header.dataHash = _dataHashOf(number, statement.blobCount, chain);
        header.feeGasPrice = statement.feeGasPrice;
        header.feeGasLimit = statement.feeGasLimit;
    }

    /// @dev In calldata mode the payload is there and has its hash and root; in blob mode it is in the blobs.
    function _requirePayload(Statement calldata statement, bytes calldata payload) internal view {
        uint64 most = DATA_ANCHOR_INTERVAL == 0 ? MAX_PAYLOAD_BYTES : 0;
        if (payload.length > most) revert PayloadTooLarge(most, payload.length);
        if (DATA_ANCHOR_INTERVAL != 0) return;
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
    function _advance(Chain memory chain, Header memory header, bytes32 digest) internal view {
        Head memory head_ = chain.head;
        head_.number += 1;
        head_.timestamp = Narrow.toUint40(header.timestamp);
        head_.l1Number = Narrow.toUint40(header.l1Number);
        head_.inboxCount = Narrow.toUint40(header.inboxCount);
        chain.tip.digest = digest;
        chain.tip.stateRoot = header.postStateRoot;
        chain.tip.nextBaseFee = _nextBaseFee(header.baseFee, header.gasUsed);
    }

    /// @dev Whether a packet's blobs have to be in the transaction that commits it.
    function _isDataAnchor(uint256 number) internal view returns (bool) {
        return DATA_ANCHOR_INTERVAL != 0 && number % DATA_ANCHOR_INTERVAL == 0;
    }

    /// @dev Asks the inbox, unless its answer is known: where the packet before consumed nothing at the same anchor,
    /// nothing is due for this one.
    function _inboxHashOf(uint64 parentCount, uint64 count, Anchor memory anchor)
        private
        view
        returns (bytes32)
    {
        if (address(INBOX) == address(0)) {
            if (count != 0) revert NoInbox(count);
            return 0;
        }
        if (count == parentCount && anchor.isInboxSettled) return anchor.inboxHash;
        anchor.inboxHash = INBOX.hashAfter(parentCount, count, anchor.number);
        anchor.isInboxSettled = count == parentCount;
        return anchor.inboxHash;
    }

    function _dataHashOf(uint64 number, uint64 blobCount, Chain memory chain)
        private
        view
        returns (bytes32)
    {
        bool isAnchor = _isDataAnchor(number);
        if (isAnchor != (blobCount != 0)) revert WrongBlobCount(number, blobCount);
        if (!isAnchor) return 0;
        uint256 first = chain.blobs;
        chain.blobs = first + blobCount;
        return Encoding.hashBlobs(first, blobCount);
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
