// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CommitReader} from "./CommitReader.sol";
import {Endorsements} from "./Endorsements.sol";
import {HeaderRules} from "./HeaderRules.sol";
import {IAppeals} from "./interfaces/IAppeals.sol";
import {ICommits} from "./interfaces/ICommits.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {
    FeeAccount,
    Head,
    Packet,
    ProducerProof,
    ProducerRecord,
    Quorum,
    Turn
} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Genesis} from "./types/Genesis.sol";
import {Header} from "./types/Header.sol";
import {G1Point, G2Point} from "./types/Points.sol";

/// @title State Contract: the chain of committed packets, in calldata mode
/// @notice A packet that passes every check here and whose signatures verify sets the state root.
/// There is no administrator, and nothing can be changed after deployment.
contract StateContract is Endorsements, HeaderRules {
    /// @dev A packet between its checks and its payment.
    struct Accepted {
        uint64 number;
        uint64 epoch;
        uint64 feeGasPrice;
        /// Gas that the endorsing fee counts.
        uint64 feeGas;
        bytes32 digest;
        bytes32 stateRoot;
        bytes32 groupHash;
        uint256 signers;
        uint32 submitter;
    }

    /// @dev Packets of a transaction on their way to the pairing.
    struct Batch {
        Anchor anchor;
        Accepted[] accepted;
        G1Point[] keys;
        G2Point[] hashes;
        G2Point signature;
        uint256 count;
        /// Sizes of all payloads.
        uint256 payloadBytes;
    }

    uint8 private constant STATUS_INVALID = 0;
    uint8 private constant STATUS_VALID = 1;

    // What the refund counts beside the measured execution. A byte of calldata counts only if a check forces its
    // value, so nobody earns by padding.
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant PAYLOAD_BYTE_GAS = 16;
    uint256 private constant PAYLOAD_BYTE_FLOOR_GAS = 40;
    /// @dev Calldata of a packet beside its payload, and its event.
    uint256 private constant PACKET_GAS = 11_000;
    /// @dev Calldata of a turn, and its payment on a later lap of the ring; on the first one, which takes new slots,
    /// it costs more.
    uint256 private constant TURN_GAS = 25_000;

    uint64 private immutable MIN_FEE_GAS_PRICE;
    uint256 private immutable REFUND_GAS_PRICE_CAP;
    uint64 private immutable GENESIS_L1_NUMBER;
    bytes32 private immutable GENESIS_L1_PARENT_HASH;
    bytes32 private immutable GENESIS_STATE_ROOT;

    /// @inheritdoc IStateContract
    bytes32 public immutable override configHash;
    /// @inheritdoc IStateContract
    bytes32 public immutable override genesisHash;
    /// @inheritdoc IStateContract
    bytes32 public immutable override domain;
    /// @inheritdoc IStateContract
    ICommits public immutable override commits;

    Head private _head;
    mapping(address producer => ProducerRecord record) private _records;

    constructor(
        Config memory config,
        IManagementContract management_,
        bytes32 genesisStateRoot,
        IAppeals appeals
    ) Endorsements(config, management_) HeaderRules(config) {
        configHash = Encoding.hashConfig(config);
        commits = new CommitReader(config, appeals);
        if (management_.configHash() != configHash) revert InvalidConfig("management");
        MIN_FEE_GAS_PRICE = config.minFeeGasPrice;
        REFUND_GAS_PRICE_CAP = config.refundGasPriceCap;

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
        _head = Head({
            number: Narrow.toUint48(config.genesisNumber),
            timestamp: Narrow.toUint48(config.genesisTime),
            l1Number: Narrow.toUint48(start.l1Number),
            turns: 0,
            nextBaseFee: config.genesisBaseFee,
            digest: genesisHash,
            stateRoot: genesisStateRoot
        });
    }

    /// @inheritdoc IStateContract
    function commit(uint64 firstNumber, Turn[] calldata turns) external override {
        uint256 gasAtStart = gasleft();
        Head memory head_ = _head;
        uint256 first = _countCommitted(firstNumber, turns, head_.number);
        if (first == turns.length) return;

        Batch memory batch = _makeBatch(turns, first);
        for (uint256 i = first; i < turns.length; ++i) {
            _acceptTurn(head_, batch, turns[i]);
        }
        if (!BLS.verifyAggregate(batch.keys, batch.hashes, batch.signature)) {
            revert InvalidSignature();
        }

        uint256 slot = head_.turns;
        head_.turns = Narrow.toUint48(slot + turns.length - first);
        _head = head_;
        uint256 gasUsed = gasAtStart - gasleft() + (turns.length - first) * TURN_GAS;
        _payTurns(turns, first, slot, batch, gasUsed);
    }

    /// @inheritdoc IStateContract
    function charge(
        bytes calldata headerWords,
        Turn calldata turn,
        uint8 status,
        bytes calldata committed
    ) external override {
        uint256 gasAtStart = gasleft();
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(domain, headerWords);
        if (status > STATUS_VALID) revert NoSuchStatus(status);
        if (status == STATUS_VALID && commits.digestOf(header.number, committed) == digest) {
            revert PacketNotDead(digest);
        }
        _noteCharge(header);

        uint64 epoch = management.epochNumberAt(header.l1Number);
        if (turn.producer.operator != header.producer) {
            revert ProducerNotInSchedule(header.producer);
        }
        if (turn.packets.length != 1) revert NoPackets();
        Draw memory draw = _drawFor(epoch, turn.election, turn.producer);
        _requireTurn(draw, header.viewNumber, turn.producer);
        Quorum calldata quorum = turn.packets[0].quorum;
        Signers memory signers = _requireQuorum(draw, header.number, header.timestamp, quorum);
        _verifyCharge(digest, status, turn.producer.key, signers.key, turn.signature);
        if (status == STATUS_INVALID) _suspend(header, epoch);

        Accepted memory accepted = _acceptedOf(header, digest, epoch, signers, quorum);
        if (status == STATUS_INVALID) {
            // A header may promise no fee, or none that counts; its committee has worked all the same.
            accepted.feeGas = header.feeGasLimit > GAS_TARGET ? header.feeGasLimit : GAS_TARGET;
            if (header.feeGasPrice < MIN_FEE_GAS_PRICE) accepted.feeGasPrice = MIN_FEE_GAS_PRICE;
        }
        uint256 gasUsed = gasAtStart - gasleft() + TRANSACTION_GAS + TURN_GAS + PACKET_GAS;
        _payCharge(quorum, accepted, header.producer, status, gasUsed);
    }

    /// @inheritdoc IStateContract
    function genesis() external view override returns (Genesis memory) {
        return Genesis(configHash, GENESIS_STATE_ROOT, GENESIS_L1_NUMBER, GENESIS_L1_PARENT_HASH);
    }

    /// @inheritdoc IStateContract
    function head() external view override returns (Head memory) {
        return _head;
    }

    /// @inheritdoc IStateContract
    function producerRecord(address producer)
        external
        view
        override
        returns (ProducerRecord memory)
    {
        return _records[producer];
    }

    /// @inheritdoc IStateContract
    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata proof)
        external
        override
    {
        Head memory parent = commits.headBefore(headerWords, parentWords, proof);
        _head = parent;
        emit StateReset(parent.number + 1, parent.digest, parent.stateRoot);
    }

    function _makeBatch(Turn[] calldata turns, uint256 first)
        private
        pure
        returns (Batch memory batch)
    {
        uint256 count = 0;
        for (uint256 i = first; i < turns.length; ++i) {
            count += turns[i].packets.length;
        }
        batch.accepted = new Accepted[](count);
        batch.keys = new G1Point[](count);
        batch.hashes = new G2Point[](count);
    }

    /// @dev The turns before the first that is not committed; refuses a turn that is committed in part, whose
    /// signature holds more than is left to verify.
    function _countCommitted(uint64 firstNumber, Turn[] calldata turns, uint64 committed)
        private
        pure
        returns (uint256 count)
    {
        uint256 number = firstNumber;
        if (turns.length == 0) revert NoPackets();
        for (; count < turns.length; ++count) {
            uint256 size = turns[count].packets.length;
            if (size == 0) revert NoPackets();
            if (number + size > committed + 1) break;
            number += size;
        }
        if (count < turns.length && number != committed + 1) {
            revert WrongNumber(committed + 1, Narrow.toUint64(number));
        }
    }

    /// @dev Every check of a turn's packets but the pairing, in the order of the protocol, cheapest first.
    function _acceptTurn(Head memory head_, Batch memory batch, Turn calldata turn) private {
        ProducerProof calldata producer = turn.producer;
        Draw memory draw;
        for (uint256 i = 0; i < turn.packets.length; ++i) {
            Packet calldata packet = turn.packets[i];
            uint64 l1Number = packet.statement.l1Number;
            _moveAnchor(management, batch.anchor, head_.l1Number, l1Number);
            if (i == 0) draw = _drawFor(batch.anchor.epoch, turn.election, producer);
            if (batch.anchor.epoch != draw.epoch) {
                revert WrongEpoch(draw.epoch, batch.anchor.epoch);
            }
            Header memory header =
                _makeHeader(domain, head_, batch.anchor, producer.operator, packet.statement);
            _requireTurn(draw, header.viewNumber, producer);
            _requireNotSuspended(draw.epoch, header.viewNumber, producer.operator);
            _requirePayload(packet.statement, packet.payload);
            Signers memory signers =
                _requireQuorum(draw, header.number, header.timestamp, packet.quorum);
            _noteRung(draw, header.number, packet.quorum.rung);

            bytes32 digest = Encoding.computeDigest(header);
            uint256 place = batch.count++;
            batch.payloadBytes += packet.payload.length;
            batch.accepted[place] = _acceptedOf(header, digest, draw.epoch, signers, packet.quorum);
            BLS.addKey(signers.key, producer.key, false);
            batch.keys[place] = signers.key;
            batch.hashes[place] =
                BLS.hashMessage(Encoding.computeEndorseMessage(digest, STATUS_VALID));
            _advance(head_, header, digest);
        }
        BLS.addTo(batch.signature, turn.signature);
    }

    function _acceptedOf(
        Header memory header,
        bytes32 digest,
        uint64 epoch,
        Signers memory signers,
        Quorum calldata quorum
    ) private view returns (Accepted memory) {
        return Accepted({
            number: header.number,
            epoch: epoch,
            feeGasPrice: header.feeGasPrice,
            feeGas: header.gasUsed < header.feeGasLimit ? header.gasUsed : header.feeGasLimit,
            digest: digest,
            stateRoot: header.postStateRoot,
            groupHash: signers.groupHash,
            signers: signers.count,
            submitter: _submitterOf(quorum, digest, header.timestamp)
        });
    }

    function _requireNotSuspended(uint64 epoch, uint64 viewNumber, address producer) private view {
        if (_accounts[producer].suspendedEpoch != epoch) return;
        if (viewNumber > _records[producer].suspendedView) {
            revert ProducerIsSuspended(producer, epoch);
        }
    }

    /// @dev Pays the turns. Their packets share the transaction's gas equally; each counts its own payload, at the
    /// price at which the whole transaction pays for calldata.
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
        uint256 sharedGas = (TRANSACTION_GAS + gasUsed) / batch.count;
        uint256 place = 0;
        for (uint256 i = first; i < turns.length; ++i) {
            _payTurn(
                (slot++) % Payouts.COMMIT_SLOTS, turns[i], batch.accepted, place, sharedGas, byteGas
            );
            place += turns[i].packets.length;
        }
    }

    function _payTurn(
        uint256 slot,
        Turn calldata turn,
        Accepted[] memory accepted,
        uint256 place,
        uint256 sharedGas,
        uint256 byteGas
    ) private {
        uint256 count = turn.packets.length;
        uint256 gasUsed = sharedGas * count;
        Bill[] memory bills = new Bill[](count);
        for (uint256 i = 0; i < count; ++i) {
            gasUsed += byteGas * turn.packets[i].payload.length;
            bills[i] = _billOf(accepted[place + i]);
        }
        uint96 refund = _pay(slot, turn.producer.operator, _refundOf(gasUsed), bills);
        bytes32[] memory parts = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            Quorum calldata quorum = turn.packets[i].quorum;
            Accepted memory packet = accepted[place + i];
            parts[i] = _hashPart(packet, quorum, bills[i].share);
            emit StateRootCommitted(
                packet.number,
                packet.digest,
                packet.stateRoot,
                packet.epoch,
                quorum.rung,
                quorum.signers,
                bills[i].share,
                packet.submitter
            );
        }
        _keepTurn(slot, turn.producer.operator, refund, parts, accepted[place].number);
    }

    function _payCharge(
        Quorum calldata quorum,
        Accepted memory packet,
        address producer,
        uint8 status,
        uint256 gasUsed
    ) private {
        Bill[] memory bills = new Bill[](1);
        bills[0] = _billOf(packet);
        uint256 slot = _takeChargeSlot();
        uint96 refund = _pay(slot, producer, _refundOf(gasUsed), bills);
        bytes32[] memory parts = new bytes32[](1);
        parts[0] = _hashPart(packet, quorum, bills[0].share);
        emit PacketCharged(
            producer,
            packet.number,
            packet.digest,
            status,
            packet.epoch,
            quorum.rung,
            quorum.signers,
            bills[0].share,
            packet.submitter
        );
        _keepTurn(slot, producer, refund, parts, packet.number);
    }

    function _hashPart(Accepted memory packet, Quorum calldata quorum, uint96 share)
        private
        pure
        returns (bytes32)
    {
        return Payouts.hashPart(
            packet.digest, packet.groupHash, quorum.signers, share, packet.submitter
        );
    }

    function _keepTurn(
        uint256 slot,
        address producer,
        uint96 refund,
        bytes32[] memory parts,
        uint64 number
    ) private {
        _keepRecord(slot, Payouts.hashRecord(msg.sender, refund, parts), number);
        emit PayoutKept(slot, producer, number, parts.length, msg.sender, refund);
    }

    /// @dev Charges of a producer rise in (view, number), so that each is made once.
    function _noteCharge(Header memory header) private {
        ProducerRecord storage record = _records[header.producer];
        bool isLater = header.viewNumber > record.chargedView
            || (header.viewNumber == record.chargedView && header.number > record.chargedNumber);
        if (!isLater) revert AlreadyCharged(record.chargedView, record.chargedNumber);
        record.chargedView = header.viewNumber;
        record.chargedNumber = header.number;
    }

    /// @dev Suspends the producer in the views after this one, so that a quorum with status 1 of the same packet
    /// is not blocked.
    function _suspend(Header memory header, uint64 epoch) private {
        FeeAccount storage account = _accounts[header.producer];
        if (account.suspendedEpoch == epoch) return;
        account.suspendedEpoch = Narrow.toUint40(epoch);
        _records[header.producer].suspendedView = header.viewNumber;
        emit ProducerSuspended(header.producer, epoch, header.viewNumber);
    }

    /// @dev The producer signed status 1 and the quorum `status`.
    function _verifyCharge(
        bytes32 digest,
        uint8 status,
        G1Point memory producerKey,
        G1Point memory signersKey,
        G2Point memory signature
    ) private view {
        G1Point[] memory keys = new G1Point[](2);
        G2Point[] memory hashes = new G2Point[](2);
        keys[0] = producerKey;
        hashes[0] = BLS.hashMessage(Encoding.computeEndorseMessage(digest, STATUS_VALID));
        keys[1] = signersKey;
        hashes[1] = BLS.hashMessage(Encoding.computeEndorseMessage(digest, status));
        if (!BLS.verifyAggregate(keys, hashes, signature)) revert InvalidSignature();
    }

    function _billOf(Accepted memory packet) private view returns (Bill memory) {
        uint256 pot = uint256(packet.feeGasPrice) * packet.feeGas * packet.signers / COMMITTEE_SIZE;
        return Bill(pot, packet.signers, packet.submitter, 0);
    }

    function _refundOf(uint256 gasUsed) private view returns (uint256) {
        uint256 price = tx.gasprice < REFUND_GAS_PRICE_CAP ? tx.gasprice : REFUND_GAS_PRICE_CAP;
        return gasUsed * price;
    }
}
