// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Endorsements} from "./Endorsements.sol";
import {HeaderRules} from "./HeaderRules.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {
    Head,
    Packet,
    PayoutRecord,
    ProducerProof,
    ProducerRecord,
    Quorum
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
        Header header;
        bytes32 digest;
        uint64 epoch;
        Signers signers;
    }

    uint8 private constant STATUS_INVALID = 0;
    uint8 private constant STATUS_VALID = 1;

    // What the refund counts beside the measured execution. A byte of calldata counts only if a check forces its
    // value, so nobody earns by padding.
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant PAYLOAD_BYTE_GAS = 16;
    uint256 private constant PAYLOAD_BYTE_FLOOR_GAS = 40;
    uint256 private constant ENVELOPE_GAS = 20_000;
    /// @dev Payment of a packet on a later lap of the ring; on the first one, which takes new slots, it costs more.
    uint256 private constant PAYMENT_GAS = 30_000;

    uint64 private immutable GENESIS_NUMBER;
    uint64 private immutable APPEAL_WINDOW;
    uint256 private immutable SUBMITTER_SHARE_BPS;
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

    Head private _head;
    mapping(address producer => ProducerRecord record) private _records;

    constructor(Config memory config, IManagementContract management_, bytes32 genesisStateRoot)
        Endorsements(config, management_)
        HeaderRules(config)
    {
        configHash = Encoding.hashConfig(config);
        if (management_.configHash() != configHash) revert InvalidConfig("management");
        GENESIS_NUMBER = config.genesisNumber;
        APPEAL_WINDOW = config.appealWindow;
        SUBMITTER_SHARE_BPS = config.submitterShareBps;
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
            number: config.genesisNumber,
            timestamp: config.genesisTime,
            l1Number: start.l1Number,
            nextBaseFee: config.genesisBaseFee,
            digest: genesisHash,
            stateRoot: genesisStateRoot
        });
    }

    /// @inheritdoc IStateContract
    function commit(Packet[] calldata packets) external override {
        uint256 gasAtStart = gasleft();
        if (packets.length == 0) revert NoPackets();
        Head memory parent = _head;
        uint256 skipped = _countCommitted(packets, parent.number);
        uint256 count = packets.length - skipped;
        if (count == 0) return;

        Accepted[] memory accepted = new Accepted[](count);
        G1Point[] memory keys = new G1Point[](count);
        G2Point[] memory hashes = new G2Point[](count);
        G2Point memory signature;
        for (uint256 i = 0; i < count; ++i) {
            Packet calldata packet = packets[skipped + i];
            accepted[i] = _accept(parent, packet);
            keys[i] = accepted[i].signers.key;
            BLS.addTo(keys[i], packet.producer.key);
            bytes32 digest = accepted[i].digest;
            hashes[i] = BLS.hashMessage(Encoding.computeEndorseMessage(digest, STATUS_VALID));
            BLS.addTo(signature, packet.quorum.signature);
            _advance(parent, accepted[i].header, digest);
        }
        if (!BLS.verifyAggregate(keys, hashes, signature)) revert InvalidSignature();

        _head = parent;
        uint256 sharedGas = (TRANSACTION_GAS + gasAtStart - gasleft()) / count + PAYMENT_GAS;
        for (uint256 i = 0; i < count; ++i) {
            _payCommit(packets[skipped + i], accepted[i], sharedGas);
        }
    }

    /// @inheritdoc IStateContract
    function charge(
        bytes calldata headerWords,
        ProducerProof calldata producer,
        Quorum calldata quorum,
        uint8 status,
        PayoutRecord calldata committed
    ) external override {
        uint256 gasAtStart = gasleft();
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(domain, headerWords);
        if (status > STATUS_VALID) revert NoSuchStatus(status);
        if (status == STATUS_VALID) _requireDead(header.number, digest, committed);
        _noteCharge(header);

        Election memory election = _electionAt(header.l1Number);
        _requireScheduled(election, header, producer);
        Signers memory signers = _requireQuorum(election, header, quorum);
        _verifyCharge(digest, status, producer.key, signers.key, quorum.signature);
        if (status == STATUS_INVALID) _suspend(header, election.number);

        Accepted memory accepted = Accepted(header, digest, election.number, signers);
        uint256 sharedGas = TRANSACTION_GAS + gasAtStart - gasleft() + PAYMENT_GAS;
        _payCharge(quorum, accepted, status, sharedGas);
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
    function finalizedNumber() external view override returns (uint64) {
        // Commit blocks rise with the packet number, so the last one that is old enough is found by bisection.
        // Invariant: `low` is final or older than the ring, `high` is not final.
        uint64 high = _head.number + 1;
        uint64 low = GENESIS_NUMBER;
        if (high - low > COMMIT_SLOTS) low = high - Narrow.toUint64(COMMIT_SLOTS) - 1;
        while (low + 1 < high) {
            uint64 middle = low + (high - low) / 2;
            bool isFinal = _commitBlockAt(middle % COMMIT_SLOTS) + APPEAL_WINDOW <= block.number;
            (low, high) = isFinal ? (middle, high) : (low, middle);
        }
        return low;
    }

    /// @dev Every check of a packet but the pairing, in the order of the protocol, cheapest first.
    function _accept(Head memory parent, Packet calldata packet) private returns (Accepted memory) {
        Header memory header = Encoding.decodeHeader(packet.header);
        _requireSuccessor(parent, header);
        _requireStaticRules(header);
        _requireAnchor(parent, header);
        Election memory election = _electionAt(header.l1Number);
        _requireScheduled(election, header, packet.producer);
        _requireNotSuspended(election.number, header);
        _requirePayload(header, packet.payload);
        Signers memory signers = _requireQuorum(election, header, packet.quorum);
        _noteRung(election, header, packet.quorum.rung);
        bytes32 digest = Encoding.computeDigest(domain, packet.header);
        return Accepted(header, digest, election.number, signers);
    }

    function _requireNotSuspended(uint64 epoch, Header memory header) private view {
        ProducerRecord storage record = _records[header.producer];
        if (record.suspendedEpoch == epoch && header.viewNumber > record.suspendedView) {
            revert ProducerIsSuspended(header.producer, epoch);
        }
    }

    function _countCommitted(Packet[] calldata packets, uint64 committed)
        private
        pure
        returns (uint256 count)
    {
        while (count < packets.length && Encoding.readNumber(packets[count].header) <= committed) {
            ++count;
        }
    }

    function _payCommit(Packet calldata packet, Accepted memory accepted, uint256 sharedGas)
        private
    {
        Header memory header = accepted.header;
        uint256 execution = sharedGas + ENVELOPE_GAS + PAYLOAD_BYTE_GAS * packet.payload.length;
        uint256 floor = TRANSACTION_GAS + PAYLOAD_BYTE_FLOOR_GAS * packet.payload.length;
        Fees memory fees = Fees({
            refund: _refundOf(execution > floor ? execution : floor),
            pot: _potOf(header, header.gasUsed, accepted.signers.count),
            submitterShareBps: _submitterShareOf(header, packet.quorum, accepted.digest),
            signers: accepted.signers.count
        });
        uint256 slot = header.number % COMMIT_SLOTS;
        uint96 share = _settle(slot, packet.quorum, accepted, fees);
        emit StateRootCommitted(
            header.number,
            accepted.digest,
            header.postStateRoot,
            accepted.epoch,
            packet.quorum.rung,
            packet.quorum.signers,
            share
        );
    }

    function _payCharge(
        Quorum calldata quorum,
        Accepted memory accepted,
        uint8 status,
        uint256 gasUsed
    ) private {
        Header memory header = accepted.header;
        uint64 feeGas = status == STATUS_VALID ? header.gasUsed : header.feeGasLimit;
        Fees memory fees = Fees({
            refund: _refundOf(gasUsed + ENVELOPE_GAS),
            pot: _potOf(header, feeGas, accepted.signers.count),
            submitterShareBps: _submitterShareOf(header, quorum, accepted.digest),
            signers: accepted.signers.count
        });
        uint256 slot = _takeChargeSlot();
        uint96 share = _settle(slot, quorum, accepted, fees);
        emit PacketCharged(
            header.producer,
            header.number,
            accepted.digest,
            status,
            accepted.epoch,
            slot,
            quorum.signers,
            share
        );
    }

    function _settle(
        uint256 slot,
        Quorum calldata quorum,
        Accepted memory accepted,
        Fees memory fees
    ) private returns (uint96 share) {
        uint256 submitterShare;
        uint256 refund;
        (share, submitterShare, refund) = _pay(slot, accepted.header.producer, fees);
        uint256[] memory nobody = new uint256[](quorum.signers.length);
        bytes32 groupHash = accepted.signers.groupHash;
        _keepRecord(
            slot, Payouts.hashRecord(accepted.digest, groupHash, quorum.signers, nobody, share)
        );
        emit SubmitterPaid(msg.sender, accepted.header.number, refund, submitterShare);
    }

    /// @dev The packet's number is committed, with another packet than this one, and the ring still shows it.
    function _requireDead(uint64 number, bytes32 digest, PayoutRecord calldata committed)
        private
        view
    {
        uint64 last = _head.number;
        bool isKept = number <= last && last - number < COMMIT_SLOTS;
        if (!isKept || committed.digest == digest) revert PacketNotDead(digest);
        _requireRecord(number % COMMIT_SLOTS, committed);
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
        ProducerRecord storage record = _records[header.producer];
        if (record.suspendedEpoch == epoch) return;
        record.suspendedEpoch = epoch;
        record.suspendedView = header.viewNumber;
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

    function _potOf(Header memory header, uint64 gasUsed, uint256 signers)
        private
        view
        returns (uint256)
    {
        uint256 feeGas = gasUsed < header.feeGasLimit ? gasUsed : header.feeGasLimit;
        return header.feeGasPrice * feeGas * signers / COMMITTEE_SIZE;
    }

    function _submitterShareOf(Header memory header, Quorum calldata quorum, bytes32 digest)
        private
        view
        returns (uint256)
    {
        return _isSubmitterOpen(header, digest, quorum) ? SUBMITTER_SHARE_BPS : 0;
    }

    function _refundOf(uint256 gasUsed) private view returns (uint256) {
        uint256 price = tx.gasprice < REFUND_GAS_PRICE_CAP ? tx.gasprice : REFUND_GAS_PRICE_CAP;
        return gasUsed * price;
    }
}
