// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Charges} from "./Charges.sol";
import {CommitReader} from "./CommitReader.sol";
import {FeeLedger} from "./FeeLedger.sol";
import {HeaderRules} from "./HeaderRules.sol";
import {IAppeals} from "./interfaces/IAppeals.sol";
import {ICharges} from "./interfaces/ICharges.sol";
import {ICommits} from "./interfaces/ICommits.sol";
import {IExits} from "./interfaces/IExits.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {IVerdicts} from "./interfaces/IVerdicts.sol";
import {BLS} from "./libraries/BLS.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {
    Charge,
    Head,
    Packet,
    ProducerProof,
    Quorum,
    Statement,
    Tip,
    Turn
} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Genesis} from "./types/Genesis.sol";
import {Header} from "./types/Header.sol";
import {G2Point} from "./types/Points.sol";

/// @title State Contract: the chain of committed packets
/// @notice A packet that passes every check here and whose signatures verify sets the state root.
/// There is no administrator, and nothing can be changed after deployment.
contract StateContract is FeeLedger, HeaderRules {
    /// @dev A packet between its checks and its payment.
    struct Accepted {
        uint64 number;
        uint64 epoch;
        bytes32 digest;
        bytes32 groupHash;
        uint256 signers;
        uint32 submitter;
    }

    /// @dev Packets of a transaction on their way to the pairing and to their payment.
    struct Batch {
        Anchor anchor;
        Chain chain;
        Header header;
        Accepted[] accepted;
        /// Packets so far.
        uint256 count;
        /// Sizes of their payloads, and number of their blobs.
        uint256 payloadBytes;
        uint256 blobs;
        /// Their pairs, and the sum of the turns' signatures.
        bytes pairs;
        G2Point signature;
    }

    uint8 private constant STATUS_INVALID = 0;
    uint8 private constant STATUS_VALID = 1;

    // What the refund counts beside the measured execution. A byte of calldata counts only if a check forces its
    // value, so nobody earns by padding.
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant PAYLOAD_BYTE_GAS = 16;
    uint256 private constant PAYLOAD_BYTE_FLOOR_GAS = 40;
    uint256 private constant BLOB_GAS = 131_072;
    /// @dev Calldata of a packet beside its payload, and its event.
    uint256 private constant PACKET_GAS = 11_000;
    /// @dev Calldata of a turn, and its payment on a later lap of the ring; on the first one, which takes new slots,
    /// it costs more.
    uint256 private constant TURN_GAS = 25_000;
    /// @dev How long after its timestamp a packet can be committed at most; the escape's silence counts from then.
    uint256 private constant COMMIT_SECONDS = 6 hours;

    uint256 private immutable REFUND_GAS_PRICE_CAP;
    uint256 private immutable ESCAPE_SECONDS;
    uint64 private immutable GENESIS_L1_NUMBER;
    bytes32 private immutable GENESIS_L1_PARENT_HASH;
    bytes32 private immutable GENESIS_STATE_ROOT;
    IVerdicts private immutable FAULTS;

    /// @inheritdoc IStateContract
    bytes32 public immutable override configHash;
    /// @inheritdoc IStateContract
    bytes32 public immutable override genesisHash;
    /// @inheritdoc IStateContract
    bytes32 public immutable override domain;
    /// @inheritdoc IStateContract
    ICommits public immutable override commits;
    /// @inheritdoc IStateContract
    ICharges public immutable override charges;

    Head private _head;
    /// @inheritdoc IExits
    bytes32 public override escapeRoot;

    constructor(
        Config memory config,
        IManagementContract management_,
        bytes32 genesisStateRoot,
        IAppeals appeals,
        IInbox inbox_
    ) FeeLedger(config, management_) HeaderRules(config, inbox_) {
        configHash = Encoding.hashConfig(config);
        commits = new CommitReader(config, appeals);
        charges = new Charges(config, management_);
        if (management_.configHash() != configHash) revert InvalidConfig("management");
        REFUND_GAS_PRICE_CAP = config.refundGasPriceCap;
        ESCAPE_SECONDS = config.escapeSeconds;
        FAULTS = IVerdicts(management_.faults());

        Genesis memory start = Genesis({
            configHash: configHash,
            stateRoot: genesisStateRoot,
            l1Number: Narrow.toUint64(block.number),
            l1ParentHash: blockhash(block.number - 1)
        });
        GENESIS_L1_NUMBER = start.l1Number;
        GENESIS_L1_PARENT_HASH = start.l1ParentHash;
        GENESIS_STATE_ROOT = start.stateRoot;
        genesisHash = Encoding.hashGenesis(start);
        domain = Encoding.computeDomain(block.chainid, config.l2ChainId, address(this), genesisHash);
        _head.number = Narrow.toUint40(config.genesisNumber);
        _head.timestamp = Narrow.toUint40(config.genesisTime);
        _head.l1Number = Narrow.toUint40(start.l1Number);
        _head.tipHash = Encoding.hashTip(Tip(genesisHash, genesisStateRoot, config.genesisBaseFee));
    }

    /// @inheritdoc IStateContract
    function commit(uint64 firstNumber, Turn[] calldata turns) external override {
        uint256 gasAtStart = gasleft();
        Head memory head_ = _head;
        if (head_.isClosed) revert EscapeIsOpen();
        Batch memory batch;
        batch.chain.head = head_;
        uint256 first = _skipCommitted(firstNumber, turns, batch.chain);
        if (first == turns.length) return;

        batch.chain.tip = turns[first].parent;
        if (Encoding.hashTip(batch.chain.tip) != head_.tipHash) revert WrongTip(head_.tipHash);
        _makeRoom(batch, turns, first);
        batch.signature = turns[first].signature;
        for (uint256 i = first; i < turns.length; ++i) {
            _acceptTurn(batch, turns[i]);
            if (i != first) BLS.addTo(batch.signature, turns[i].signature);
        }
        if (DATA_ANCHOR_INTERVAL != 0 && !_isDataAnchor(head_.number)) {
            revert DataMissing(head_.number);
        }
        if (!BLS.verifyPairs(batch.pairs, batch.signature)) revert InvalidSignature();

        uint256 slot = head_.turns;
        head_.turns = Narrow.toUint40(slot + turns.length - first);
        head_.tipHash = Encoding.hashTip(batch.chain.tip);
        _head = head_;
        uint256 gasUsed = gasAtStart - gasleft() + (turns.length - first) * TURN_GAS;
        _payTurns(turns, first, slot, batch, gasUsed);
    }

    /// @inheritdoc IStateContract
    function payCharge(Charge calldata charge) external override {
        if (msg.sender != address(charges)) revert NotCharges(msg.sender);
        if (charge.status == STATUS_INVALID) _suspend(charge);
        uint256 slot = _takeChargeSlot();
        Purse memory purse = _openPurse(slot, charge.producer, charge.refund);
        uint96 refund = Narrow.toUint96(purse.paid);
        uint96 share = _payPot(purse, charge.pot, charge.count, charge.submitter);
        bytes32[] memory parts = new bytes32[](1);
        bytes32 feesHash =
            Payouts.hashFees(charge.groupHash, charge.signers, share, charge.submitter);
        parts[0] = Payouts.hashPart(charge.digest, 0, feesHash);
        bytes22 recordHash = Payouts.hashRecord(charge.sender, refund, parts);
        _closePurse(purse, slot, charge.producer, recordHash, charge.number);
        emit PacketCharged(
            charge.producer,
            charge.number,
            charge.digest,
            charge.status,
            charge.epoch,
            charge.rung,
            charge.signers,
            share,
            charge.submitter
        );
        emit PayoutKept(slot, charge.producer, charge.number, 1, charge.sender, refund);
    }

    /// @inheritdoc IStateContract
    function openEscape(Tip calldata tip) external override {
        if (_head.isClosed) revert EscapeIsOpen();
        uint256 dueTime = _head.timestamp + COMMIT_SECONDS + ESCAPE_SECONDS;
        if (block.timestamp < dueTime) revert EscapeNotDue(dueTime);
        if (commits.isAppealOpen()) revert AppealIsOpen();
        if (Encoding.hashTip(tip) != _head.tipHash) revert WrongTip(_head.tipHash);
        _head.isClosed = true;
        escapeRoot = tip.stateRoot;
        emit EscapeOpened(_head.number, tip.stateRoot);
    }

    /// @inheritdoc IStateContract
    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata proof)
        external
        override
    {
        if (_head.isClosed) revert EscapeIsOpen();
        (Head memory parent, Tip memory tip) = commits.headBefore(headerWords, parentWords, proof);
        // Nothing that was judged invalid comes back with the packets that replace the lost ones.
        (uint40 lost, uint40 guarded) = (_head.number, _head.guardedNumber);
        parent.guardedNumber = lost > guarded ? lost : guarded;
        _head = parent;
        emit StateReset(parent.number + 1, tip.digest, tip.stateRoot);
    }

    /// @inheritdoc IStateContract
    function genesis() external view override returns (Genesis memory) {
        return Genesis(configHash, GENESIS_STATE_ROOT, GENESIS_L1_NUMBER, GENESIS_L1_PARENT_HASH);
    }

    /// @inheritdoc IStateContract
    function head() external view override returns (Head memory) {
        return _head;
    }

    /// @inheritdoc IExits
    function inboxCount() external view override returns (uint64) {
        return _head.inboxCount;
    }

    /// @dev Memory for the packets of the turns from `first` on.
    function _makeRoom(Batch memory batch, Turn[] calldata turns, uint256 first) private pure {
        uint256 count = 0;
        for (uint256 i = first; i < turns.length; ++i) {
            count += turns[i].packets.length;
        }
        batch.accepted = new Accepted[](count);
        batch.pairs = BLS.newAggregate(count);
    }

    /// @dev The turns before the first that is not committed, whose blobs are taken; refuses a turn that is committed
    /// in part, whose signature holds more than is left to verify.
    function _skipCommitted(uint64 firstNumber, Turn[] calldata turns, Chain memory chain)
        private
        pure
        returns (uint256 count)
    {
        uint256 committed = chain.head.number;
        uint256 number = firstNumber;
        if (turns.length == 0) revert NoPackets();
        for (; count < turns.length; ++count) {
            uint256 size = turns[count].packets.length;
            if (size == 0) revert NoPackets();
            if (number + size > committed + 1) break;
            for (uint256 i = 0; i < size; ++i) {
                chain.blobs += turns[count].packets[i].statement.blobCount;
            }
            number += size;
        }
        if (count < turns.length && number != committed + 1) {
            revert WrongNumber(Narrow.toUint64(committed + 1), Narrow.toUint64(number));
        }
    }

    /// @dev Every check of a turn's packets but the pairing, in the order of the protocol, cheapest first.
    function _acceptTurn(Batch memory batch, Turn calldata turn) private {
        ProducerProof calldata producer = turn.producer;
        Draw memory draw;
        for (uint256 i = 0; i < turn.packets.length; ++i) {
            Packet calldata packet = turn.packets[i];
            Statement calldata statement = packet.statement;
            _moveAnchor(MANAGEMENT, batch.anchor, batch.chain.head.l1Number, statement.l1Number);
            if (i == 0) draw = _drawFor(batch.anchor.epoch, turn.election, producer);
            if (batch.anchor.epoch != draw.epoch) {
                revert WrongEpoch(draw.epoch, batch.anchor.epoch);
            }
            _fillHeader(batch.header, batch.chain, batch.anchor, producer.operator, statement);
            _acceptPacket(batch, draw, producer, packet);
        }
    }

    function _acceptPacket(
        Batch memory batch,
        Draw memory draw,
        ProducerProof calldata producer,
        Packet calldata packet
    ) private {
        Header memory header = batch.header;
        Quorum calldata quorum = packet.quorum;
        _requireTurn(draw, header.viewNumber, producer);
        _requireNotSuspended(draw.epoch, header.viewNumber, producer.operator);
        _requirePayload(packet.statement, packet.payload);
        Signers memory signers = _requireQuorum(draw, header.number, header.timestamp, quorum);
        _noteQuorum(draw, header.number, quorum.rung, signers);

        bytes32 digest = Encoding.computeDigest(domain, header);
        if (header.number <= batch.chain.head.guardedNumber && FAULTS.isInvalid(digest)) {
            revert PacketIsInvalid(digest);
        }
        BLS.addKey(signers.key, producer.key, false);
        BLS.writeMessage(
            batch.pairs,
            batch.count,
            signers.key,
            Encoding.computeEndorseMessage(digest, STATUS_VALID)
        );
        Accepted memory accepted = batch.accepted[batch.count++];
        accepted.number = header.number;
        accepted.epoch = draw.epoch;
        accepted.digest = digest;
        accepted.groupHash = signers.groupHash;
        accepted.signers = signers.count;
        accepted.submitter = _submitterOf(quorum, digest, header.timestamp);
        batch.payloadBytes += packet.payload.length;
        batch.blobs += packet.statement.blobCount;
        _advance(batch.chain, header, digest);
    }

    /// @dev Pays the turns. Their packets share the transaction's gas equally, with that of its blobs; each counts its
    /// own payload, at the price at which the whole transaction pays for calldata.
    function _payTurns(
        Turn[] calldata turns,
        uint256 first,
        uint256 slot,
        Batch memory batch,
        uint256 gasUsed
    ) private {
        gasUsed += batch.count * PACKET_GAS;
        uint256 byteGas = PAYLOAD_BYTE_GAS;
        if (batch.payloadBytes * (PAYLOAD_BYTE_FLOOR_GAS - PAYLOAD_BYTE_GAS) > gasUsed) {
            (byteGas, gasUsed) = (PAYLOAD_BYTE_FLOOR_GAS, 0);
        }
        uint256 gasPrice = _capPrice(tx.gasprice);
        uint256 shared = (TRANSACTION_GAS + gasUsed) * gasPrice;
        shared += batch.blobs * BLOB_GAS * _capPrice(block.blobbasefee);
        shared /= batch.count;
        uint256 place = 0;
        for (uint256 i = first; i < turns.length; ++i) {
            place = _payTurn(
                (slot++) % Payouts.COMMIT_SLOTS, turns[i], batch, place, shared, byteGas * gasPrice
            );
        }
    }

    /// @dev Pays a turn whose packets start at `place` of the batch; returns where the next one's start.
    function _payTurn(
        uint256 slot,
        Turn calldata turn,
        Batch memory batch,
        uint256 place,
        uint256 shared,
        uint256 bytePrice
    ) private returns (uint256) {
        address producer = turn.producer.operator;
        uint256 count = turn.packets.length;
        uint256 cost = shared * count;
        for (uint256 i = 0; i < count; ++i) {
            cost += bytePrice * turn.packets[i].payload.length;
        }
        Purse memory purse = _openPurse(slot, producer, cost);
        uint96 refund = Narrow.toUint96(purse.paid);
        bytes32[] memory parts = new bytes32[](count);
        uint64 number = batch.accepted[place].number;
        for (uint256 i = 0; i < count; ++i) {
            parts[i] = _payPacket(purse, turn.packets[i], batch.accepted[place + i]);
        }
        bytes22 recordHash = Payouts.hashRecord(msg.sender, refund, parts);
        _closePurse(purse, slot, producer, recordHash, number);
        emit PayoutKept(slot, producer, number, count, msg.sender, refund);
        return place + count;
    }

    function _payPacket(Purse memory purse, Packet calldata packet, Accepted memory accepted)
        private
        returns (bytes32)
    {
        Statement calldata statement = packet.statement;
        Quorum calldata quorum = packet.quorum;
        uint256 feeGas =
            statement.gasUsed < statement.feeGasLimit ? statement.gasUsed : statement.feeGasLimit;
        uint256 pot = uint256(statement.feeGasPrice) * feeGas * accepted.signers / COMMITTEE_SIZE;
        uint96 share = _payPot(purse, pot, accepted.signers, accepted.submitter);
        emit StateRootCommitted(
            accepted.number,
            accepted.digest,
            statement.postStateRoot,
            statement.withdrawalsRoot,
            Payouts.packTerms(accepted.epoch, quorum.rung, accepted.submitter, share),
            quorum.signers
        );
        bytes32 feesHash =
            Payouts.hashFees(accepted.groupHash, quorum.signers, share, accepted.submitter);
        return Payouts.hashPart(accepted.digest, statement.withdrawalsRoot, feesHash);
    }

    function _capPrice(uint256 price) private view returns (uint256) {
        return price < REFUND_GAS_PRICE_CAP ? price : REFUND_GAS_PRICE_CAP;
    }
}
