// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Quorums} from "./Quorums.sol";
import {ICharges} from "./interfaces/ICharges.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Encoding} from "./libraries/Encoding.sol";
import {Charge, LastCharge, Quorum, Turn} from "./types/Commit.sol";
import {Config} from "./types/Config.sol";
import {Header} from "./types/Header.sol";
import {G1Point, G2Point} from "./types/Points.sol";

/// @title What producers pay for packets that are not committed
contract Charges is ICharges, Quorums {
    uint8 private constant STATUS_INVALID = 0;
    uint8 private constant STATUS_VALID = 1;
    /// @dev Gas of a transaction, of its calldata and of the payment, beside the measured execution.
    uint256 private constant UNMEASURED_GAS = 57_000;
    uint64 private constant ELASTICITY = 2;

    IStateContract private immutable STATE;
    uint64 private immutable MIN_FEE_GAS_PRICE;
    uint64 private immutable GAS_TARGET;
    uint256 private immutable REFUND_GAS_PRICE_CAP;

    mapping(address producer => LastCharge) private _lastCharges;

    constructor(Config memory config, IManagementContract management_)
        Quorums(config, management_)
    {
        STATE = IStateContract(msg.sender);
        MIN_FEE_GAS_PRICE = config.minFeeGasPrice;
        GAS_TARGET = config.gasLimit / ELASTICITY;
        REFUND_GAS_PRICE_CAP = config.refundGasPriceCap;
    }

    /// @inheritdoc ICharges
    function charge(
        bytes calldata headerWords,
        Turn calldata turn,
        uint8 status,
        bytes calldata committed
    ) external override {
        uint256 gasAtStart = gasleft();
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(STATE.domain(), headerWords);
        if (status > STATUS_VALID) revert NoSuchStatus(status);
        if (status == STATUS_VALID && STATE.commits().digestOf(header.number, committed) == digest)
        {
            revert PacketNotDead(digest);
        }
        _noteCharge(header);

        uint64 epoch = MANAGEMENT.epochNumberAt(header.l1Number);
        if (turn.producer.operator != header.producer) {
            revert IStateContract.ProducerNotInSchedule(header.producer);
        }
        if (turn.packets.length != 1) revert NotOnePacket(turn.packets.length);
        Draw memory draw = _drawFor(epoch, turn.election, turn.producer);
        _requireTurn(draw, header.viewNumber, turn.producer);
        Quorum calldata quorum = turn.packets[0].quorum;
        Signers memory signers = _requireQuorum(draw, header.number, header.timestamp, quorum);
        _verify(digest, status, turn.producer.key, signers.key, turn.signature);

        Charge memory made = _makeCharge(header, digest, status, signers, quorum);
        made.epoch = epoch;
        made.refund = _costOf(gasAtStart - gasleft() + UNMEASURED_GAS);
        STATE.payCharge(made);
    }

    /// @inheritdoc ICharges
    function lastCharge(address producer) external view override returns (LastCharge memory) {
        return _lastCharges[producer];
    }

    /// @dev Charges of a producer rise in (view, number), so that each is made once.
    function _noteCharge(Header memory header) private {
        LastCharge storage last = _lastCharges[header.producer];
        bool isLater = header.viewNumber > last.viewNumber
            || (header.viewNumber == last.viewNumber && header.number > last.number);
        if (!isLater) revert AlreadyCharged(last.viewNumber, last.number);
        last.viewNumber = header.viewNumber;
        last.number = header.number;
    }

    /// @dev The producer signed status 1 and the quorum `status`.
    function _verify(
        bytes32 digest,
        uint8 status,
        G1Point memory producerKey,
        G1Point memory signersKey,
        G2Point memory signature
    ) private view {
        bytes memory pairs = BLS.newAggregate(2);
        BLS.writeMessage(
            pairs, 0, producerKey, Encoding.computeEndorseMessage(digest, STATUS_VALID)
        );
        BLS.writeMessage(pairs, 1, signersKey, Encoding.computeEndorseMessage(digest, status));
        if (!BLS.verifyPairs(pairs, signature)) revert IStateContract.InvalidSignature();
    }

    function _makeCharge(
        Header memory header,
        bytes32 digest,
        uint8 status,
        Signers memory signers,
        Quorum calldata quorum
    ) private view returns (Charge memory made) {
        made.producer = header.producer;
        made.number = header.number;
        made.viewNumber = header.viewNumber;
        made.digest = digest;
        made.status = status;
        made.rung = quorum.rung;
        made.submitter = _submitterOf(quorum, digest, header.timestamp);
        made.signers = quorum.signers;
        made.count = signers.count;
        made.groupHash = signers.groupHash;
        made.sender = msg.sender;
        uint256 price = header.feeGasPrice;
        uint256 gas = header.gasUsed < header.feeGasLimit ? header.gasUsed : header.feeGasLimit;
        if (status == STATUS_INVALID) {
            // A header may promise no fee, or none that counts; its committee has worked all the same.
            gas = header.feeGasLimit > GAS_TARGET ? header.feeGasLimit : GAS_TARGET;
            if (price < MIN_FEE_GAS_PRICE) price = MIN_FEE_GAS_PRICE;
        }
        made.pot = price * gas * signers.count / COMMITTEE_SIZE;
    }

    function _costOf(uint256 gasUsed) private view returns (uint256) {
        uint256 price = tx.gasprice < REFUND_GAS_PRICE_CAP ? tx.gasprice : REFUND_GAS_PRICE_CAP;
        return gasUsed * price;
    }

    function _signerSetOf(uint64 epoch, uint256 committee)
        internal
        view
        override
        returns (bytes26)
    {
        // Committees are counted in 32 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return STATE.knownSignerSet(epoch, uint32(committee));
    }

    function _isLagging(uint64 epoch, uint256 committee) internal view override returns (bool) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return STATE.isLagging(epoch, uint32(committee));
    }
}
