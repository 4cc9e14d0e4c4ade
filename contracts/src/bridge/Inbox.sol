// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../interfaces/IBridge.sol";
import {ICommits} from "../interfaces/ICommits.sol";
import {IExits} from "../interfaces/IExits.sol";
import {IInbox} from "../interfaces/IInbox.sol";
import {IMessageInbox} from "../interfaces/IMessageInbox.sol";
import {IStateContract} from "../interfaces/IStateContract.sol";
import {IWithdrawalRoots} from "../interfaces/IWithdrawalRoots.sol";
import {CalldataGas} from "../libraries/CalldataGas.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {Messages} from "../libraries/Messages.sol";
import {Narrow} from "../libraries/Narrow.sol";
import {InboxMessage} from "../types/Bridge.sol";
import {WithdrawalsProof} from "../types/Commit.sol";
import {Config} from "../types/Config.sol";
import {Header} from "../types/Header.sol";
import {MessageMeter} from "./MessageMeter.sol";

/// @title The inbox of the L2
/// @notice Keeps the hash chain and the sum of gas after each message in a ring. A place is taken again only when its
/// message is consumed by a final packet, so that a reset finds all it may need.
/// @dev Whatever was sent, a packet can be committed: of the messages up to its anchor it may take as many as fit half
/// its gas, and then the next one is either not due or does not fit. No message exceeds what fits.
contract Inbox is MessageMeter {
    uint64 private constant RING_SIZE = 65_536;
    /// @dev Half a word a message: u64 sum of gas ‖ u40 L1 block ‖ u8 whether the sender is a contract.
    uint128 private constant GAS_SUM_SHIFT = 48;
    uint128 private constant BLOCK_SHIFT = 8;

    IStateContract private immutable STATE;
    IBridge private immutable BRIDGE;
    uint64 private immutable DELAY;

    Meter private _meter;
    bytes32[RING_SIZE] private _hashes;
    uint128[RING_SIZE] private _records;

    /// @param bridge The bridge, which may be deployed after the inbox.
    constructor(Config memory config, IStateContract state, IBridge bridge) MessageMeter(config) {
        STATE = state;
        BRIDGE = bridge;
        DELAY = config.forcedInclusionDelay;
        _meter.price = config.messageGasPrice;
        _meter.blockNumber = Narrow.toUint40(block.number);
    }

    /// @inheritdoc IMessageInbox
    function sendMessage(
        address target,
        uint256 value,
        uint64 gas,
        bytes calldata data,
        uint256 leastMint
    ) external payable override returns (uint64 index) {
        uint64 least = leastGasOf(data);
        if (gas < least || gas > MESSAGE_GAS) revert GasOutOfRange(least, MESSAGE_GAS, gas);
        if (IExits(address(STATE)).escapeRoot() != 0) revert NetworkHasStopped();
        Meter memory meter = _meter;
        _roll(meter);
        uint256 asked = uint256(meter.blockGas) + gas;
        if (asked > BLOCK_GAS) revert BlockIsFull(BLOCK_GAS, asked);
        uint256 price = uint256(gas) * meter.price;
        if (msg.value < price || msg.value - price < leastMint) {
            revert PaymentTooLow(price + leastMint, msg.value);
        }

        bool isContract = msg.sender != tx.origin;
        InboxMessage memory message = InboxMessage({
            sender: isContract ? Messages.aliasOf(msg.sender) : msg.sender,
            target: target,
            mint: Narrow.toUint96(msg.value - price),
            value: value,
            gas: gas,
            data: data
        });
        index = meter.count;
        if (index + 1 - meter.released >= RING_SIZE) revert InboxIsFull(meter.released, index);
        _append(index, message, isContract);
        meter.blockGas = Narrow.toUint64(asked);
        meter.count += 1;
        _meter = meter;
        emit MessageQueued(index, message.sender, target, message.mint, value, gas, data);
        BRIDGE.deposit{value: msg.value}(message.mint);
    }

    /// @inheritdoc IMessageInbox
    function release(bytes calldata headerWords, WithdrawalsProof calldata proof)
        external
        override
    {
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(STATE.domain(), headerWords);
        ICommits commits = STATE.commits();
        (bytes32 committed,) =
            IWithdrawalRoots(address(commits)).withdrawalsRootOf(header.number, proof);
        if (committed != digest) revert WrongPacket(committed, digest);
        bool isFinal = header.number <= commits.finalizedNumber();
        if (!isFinal || header.inboxCount <= _meter.released) {
            revert NothingToRelease(header.number);
        }
        _meter.released = Narrow.toUint40(header.inboxCount);
        emit MessagesReleased(header.inboxCount);
    }

    /// @inheritdoc IInbox
    function hashAfter(uint64 parentCount, uint64 count, uint64 l1Number)
        external
        view
        override
        returns (bytes32)
    {
        uint64 sent = _meter.count;
        if (count < parentCount || count > sent) {
            revert WrongInboxCount(parentCount, sent, count);
        }
        uint256 gasUsed = 0;
        if (count > parentCount) {
            uint64 last = _blockOf(count - 1);
            if (last > l1Number) revert MessageAfterAnchor(count - 1, last, l1Number);
            gasUsed = _gasOfFirst(count) - _gasOfFirst(parentCount);
            if (gasUsed > PACKET_GAS) revert MessageGasAboveLimit(PACKET_GAS, gasUsed);
        }
        if (count < sent && uint256(_blockOf(count)) + DELAY <= l1Number) {
            uint256 next = _gasOfFirst(count + 1) - _gasOfFirst(count);
            if (gasUsed + next <= PACKET_GAS) revert MessageIsDue(count);
        }
        return _hashOfFirst(count);
    }

    /// @inheritdoc IMessageInbox
    function gasPrice() external view override returns (uint64) {
        Meter memory meter = _meter;
        _roll(meter);
        return meter.price;
    }

    /// @inheritdoc IMessageInbox
    function messageCount() external view override returns (uint64) {
        return _meter.count;
    }

    /// @inheritdoc IMessageInbox
    function releasedCount() external view override returns (uint64) {
        return _meter.released;
    }

    /// @inheritdoc IMessageInbox
    function sentAt(uint64 index) external view override returns (uint64, uint64) {
        _requireKept(index);
        return (_blockOf(index), _gasOfFirst(index + 1));
    }

    /// @inheritdoc IMessageInbox
    function senderOf(uint64 index, InboxMessage calldata message)
        external
        view
        override
        returns (address)
    {
        _requireKept(index);
        bytes32 messageHash = Messages.hashMessage(block.chainid, index, message);
        bytes32 chain = Messages.extendChain(_hashOfFirst(index), messageHash);
        if (chain != _hashOfFirst(index + 1)) revert WrongMessage(index);
        bool isContract = uint8(_records[index % RING_SIZE]) != 0;
        return isContract ? Messages.unaliasOf(message.sender) : message.sender;
    }

    /// @inheritdoc IMessageInbox
    function leastGasOf(bytes calldata data) public pure override returns (uint64) {
        return Narrow.toUint64(CalldataGas.floorOf(data));
    }

    function _append(uint64 index, InboxMessage memory message, bool isContract) private {
        bytes32 messageHash = Messages.hashMessage(block.chainid, index, message);
        uint64 gasSum = _gasOfFirst(index) + message.gas;
        uint256 place = index % RING_SIZE;
        _hashes[place] = Messages.extendChain(_hashOfFirst(index), messageHash);
        uint40 sentBlock = Narrow.toUint40(block.number);
        _records[place] = (uint128(gasSum) << GAS_SUM_SHIFT) | (uint128(sentBlock) << BLOCK_SHIFT)
            | (isContract ? 1 : 0);
    }

    /// @dev The messages from the last released one on are kept.
    function _requireKept(uint64 index) private view {
        if (index < _meter.released || index >= _meter.count) revert WrongMessage(index);
    }

    function _blockOf(uint64 index) private view returns (uint64) {
        // 40 bits of the record.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(_records[index % RING_SIZE] >> BLOCK_SHIFT);
    }

    /// @dev The sum of the first `count` messages' gas.
    function _gasOfFirst(uint64 count) private view returns (uint64) {
        if (count == 0) return 0;
        // The top 64 bits of the record's 112.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_records[(count - 1) % RING_SIZE] >> GAS_SUM_SHIFT);
    }

    function _hashOfFirst(uint64 count) private view returns (bytes32) {
        return count == 0 ? bytes32(0) : _hashes[(count - 1) % RING_SIZE];
    }
}
