// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "../src/interfaces/IManagementContract.sol";
import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {Committee, SignerChange, Tip, Turn} from "../src/types/Commit.sol";
import {Config} from "../src/types/Config.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title What commit refuses, each with its error
contract CommitRefusalsTest is NetworkTest {
    bytes private payload;

    function setUp() public {
        bootstrap(2, 4);
        payload = makePayload(3, 40);
    }

    function test_no_packets() public {
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NoPackets.selector));
        sc.commit(1, new Turn[](0));
    }

    function test_turn_without_packets() public {
        Turn memory turn = seal(makeHeader(payload), payload, 0, 0);
        delete turn.packets;
        refuse(turn, abi.encodeWithSelector(IStateContract.NoPackets.selector));
    }

    function test_number_with_a_gap() public {
        Turn[] memory turns = new Turn[](1);
        turns[0] = seal(makeHeader(payload), payload, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongNumber.selector, 1, 2));
        sc.commit(2, turns);
    }

    function test_every_field_that_follows_is_as_the_contract_has_it() public {
        bytes memory good = abi.encode(makeHeader(payload));
        // All words but those of a `Statement`, which have refusals of their own.
        uint8[12] memory words = [0, 1, 2, 3, 4, 6, 8, 10, 12, 17, 21, 23];
        Tip memory parent = tipOf(sc.head().tipHash);
        for (uint256 i = 0; i < words.length; ++i) {
            Header memory header = abi.decode(flip(good, words[i]), (Header));
            if (words[i] == 1) header.number = 3; // The same committee.
            Turn memory turn = seal(header, payload, 0, 0);
            turn.parent = parent;
            refuse(turn, abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
        }
    }

    function test_every_field_of_the_statement_is_signed() public {
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        header.prevRandao = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.postStateRoot = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.accessRoot = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.updateRoot = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.receiptsRoot = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.withdrawalsRoot = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.feeGasPrice = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.feeGasLimit = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.gasUsed = 0;
        refuseStatement(turn, header);
        header = makeHeader(payload);
        header.timestamp -= 1;
        refuseStatement(turn, header);
    }

    function test_timestamp_before_the_parent() public {
        Header memory parent = commitNext();
        Header memory header = makeHeader(payload);
        header.timestamp = parent.timestamp - 1;
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(
                IStateContract.TimestampBeforeParent.selector, parent.timestamp, header.timestamp
            )
        );
    }

    function test_timestamp_in_the_future() public {
        Header memory header = makeHeader(payload);
        header.timestamp = uint64(vm.getBlockTimestamp());
        header.viewNumber = (header.timestamp - config.genesisTime) / config.viewSeconds;
        commitOne(seal(header, payload, 0, 0));

        header = makeHeader(payload);
        header.timestamp = uint64(vm.getBlockTimestamp() + 1);
        header.viewNumber = (header.timestamp - config.genesisTime) / config.viewSeconds;
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(
                IStateContract.TimestampInFuture.selector, vm.getBlockTimestamp(), header.timestamp
            )
        );
    }

    function test_gas_used_above_the_limit() public {
        Header memory header = makeHeader(payload);
        header.gasUsed = header.gasLimit;
        commitOne(seal(header, payload, 0, 0));
        header = makeHeader(payload);
        header.gasUsed = header.gasLimit + 1;
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(
                IStateContract.GasUsedAboveLimit.selector, config.gasLimit, header.gasUsed
            )
        );
    }

    function test_anchor_before_the_parents() public {
        mine(1);
        Header memory parent = commitNext();
        Header memory header = makeHeader(payload);
        header.l1Number -= 1;
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(
                IStateContract.AnchorBeforeParent.selector, parent.l1Number, header.l1Number
            )
        );
    }

    function test_anchor_of_this_block_and_of_a_later_one() public {
        Header memory header = makeHeader(payload);
        header.l1Number = uint64(vm.getBlockNumber());
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(IStateContract.AnchorTooShallow.selector, 1, 0)
        );
        header.l1Number = type(uint64).max;
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(IStateContract.AnchorTooShallow.selector, 1, 0)
        );
    }

    function test_anchor_of_1800_blocks_is_the_oldest() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        uint256 start = vm.getBlockNumber();
        vm.roll(start + 1800);
        refuse(packet, abi.encodeWithSelector(IStateContract.AnchorTooOld.selector, 1800, 1801));
        vm.roll(start + 1799);
        commitOne(packet);
        vm.assertEq(sc.head().number, 1);
    }

    function test_anchor_before_the_first_epoch() public {
        Header memory header = makeHeader(payload);
        header.l1Number = mc.epochOf(1).activationBlock - 1;
        header.l1Hash = keccak256(abi.encode("block", header.l1Number));
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(IManagementContract.NoActiveEpoch.selector, header.l1Number)
        );
    }

    function test_payload_above_the_limit() public {
        config.maxPayloadBytes = 50;
        deployAgain(config);
        Header memory header = makeHeader(payload);
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(IStateContract.PayloadTooLarge.selector, 50, payload.length)
        );
        payload = makePayload(1, 41);
        header = makeHeader(payload);
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(sc.head().number, 1);
    }

    function test_other_payload() public {
        Header memory header = makeHeader(payload);
        bytes memory other = makePayload(3, 41);
        refuse(
            seal(header, other, 0, 0),
            abi.encodeWithSelector(
                IStateContract.PayloadHashMismatch.selector, keccak256(other), keccak256(payload)
            )
        );
    }

    function test_other_transactions_root() public {
        Header memory header = makeHeader(payload);
        bytes32 expected = header.transactionsRoot;
        header.transactionsRoot = bytes32(uint256(1));
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(
                IStateContract.TransactionsRootMismatch.selector, expected, bytes32(uint256(1))
            )
        );
    }

    function test_malformed_payload() public {
        Header memory header = makeHeader(payload);
        bytes memory malformed = abi.encodePacked(payload, bytes1(0));
        header.payloadHash = keccak256(malformed);
        refuse(
            seal(header, malformed, 0, 0),
            abi.encodeWithSelector(Encoding.MalformedPayload.selector)
        );
    }

    function test_producer_that_is_not_in_the_schedule() public {
        Turn memory turn = seal(makeHeader(payload), payload, 0, 0);
        turn.producer.operator = address(1);
        refuse(
            turn, abi.encodeWithSelector(IStateContract.ProducerNotInSchedule.selector, address(1))
        );
    }

    function test_producers_interval_and_key_are_proven() public {
        bytes memory refusal =
            abi.encodeWithSelector(IStateContract.ProducerNotInSchedule.selector, PRODUCER);
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        packet.producer.end += 1;
        refuse(packet, refusal);
        packet = seal(makeHeader(payload), payload, 0, 0);
        packet.producer.key = Signer.keyOf(PRODUCER_SECRET + 1);
        refuse(packet, refusal);
        packet = seal(makeHeader(payload), payload, 0, 0);
        packet.producer.path = new bytes32[](1);
        refuse(packet, refusal);
    }

    function test_rung_that_does_not_exist() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        packet.packets[0].quorum.rung = 3;
        refuse(packet, abi.encodeWithSelector(IStateContract.NoSuchRung.selector, 3));
    }

    function test_rung_before_its_time() public {
        Header memory header = makeHeader(payload);
        vm.warp(header.timestamp + config.t1Seconds - 1);
        refuse(
            seal(header, payload, 1, 0),
            abi.encodeWithSelector(
                IStateContract.RungNotOpen.selector, 1, config.t1Seconds, config.t1Seconds - 1
            )
        );
        vm.warp(header.timestamp + config.t2Seconds - 1);
        refuse(
            seal(header, payload, 2, 0),
            abi.encodeWithSelector(
                IStateContract.RungNotOpen.selector, 2, config.t2Seconds, config.t2Seconds - 1
            )
        );
    }

    function test_committee_of_another_packet() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        uint256 other = committeeOf(1, 1);
        packet.packets[0].quorum.change = withCommittee(
            packet, Committee(membersOf(other), new uint256[](0), committeeKeys[other])
        );
        refuse(
            packet,
            abi.encodeWithSelector(IStateContract.WrongCommittee.selector, epoch, committeeOf(1, 0))
        );
    }

    function test_committee_key_that_is_not_the_sum() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        packet.packets[0].quorum.change = withCommittee(
            packet, Committee(membersOf(committeeOf(1, 0)), new uint256[](0), Signer.keyOf(5))
        );
        refuse(
            packet,
            abi.encodeWithSelector(IStateContract.WrongCommittee.selector, epoch, committeeOf(1, 0))
        );
    }

    function test_committee_that_is_not_opened() public {
        mine(config.epochBlocks);
        mc.freeze();
        openEpoch();
        mine(2);
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        refuse(
            packet,
            abi.encodeWithSelector(IStateContract.WrongCommittee.selector, epoch, committeeOf(1, 0))
        );
    }

    function test_all_committees_where_one_is_asked() public {
        Header memory header = makeHeader(payload);
        Turn memory packet = seal(header, payload, 2, 0);
        packet.packets[0].quorum.rung = 0;
        packet.packets[0].quorum.signers[0] = 15;
        refuse(
            packet,
            abi.encodeWithSelector(IStateContract.WrongCommittee.selector, epoch, committeeOf(1, 0))
        );
    }

    function test_bitmap_that_is_longer_than_the_committee() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        packet.packets[0].quorum.signers[0] |= 16;
        refuse(packet, abi.encodeWithSelector(IStateContract.MalformedBitmap.selector));
        packet.packets[0].quorum.signers = new uint256[](2);
        packet.packets[0].quorum.signers[0] = 15;
        refuse(packet, abi.encodeWithSelector(IStateContract.MalformedBitmap.selector));
        packet.packets[0].quorum.signers = new uint256[](0);
        refuse(packet, abi.encodeWithSelector(IStateContract.MalformedBitmap.selector));
    }

    function test_one_signer_less_than_two_thirds() public {
        refuse(
            seal(makeHeader(payload), payload, 0, 2),
            abi.encodeWithSelector(IStateContract.NoQuorum.selector, 3, 2)
        );
    }

    function test_missing_and_surplus_keys() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 1);
        packet.packets[0].quorum.change = withKeys(packet, new G1Point[](0));
        refuse(packet, abi.encodeWithSelector(IStateContract.WrongKeyCount.selector, 1, 0));
        packet = seal(makeHeader(payload), payload, 0, 0);
        packet.packets[0].quorum.change = withKeys(packet, new G1Point[](1));
        refuse(packet, abi.encodeWithSelector(IStateContract.WrongKeyCount.selector, 0, 1));
    }

    function test_key_of_another_member() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 1);
        uint256 committee = committeeOf(1, 0);
        G1Point[] memory keys = new G1Point[](1);
        keys[0] = Signer.keyOf(secretAt(committee, 1));
        packet.packets[0].quorum.change = withKeys(packet, keys);
        refuse(
            packet,
            abi.encodeWithSelector(
                IStateContract.WrongKey.selector, uint32(order[committee * config.committeeSize])
            )
        );
    }

    function test_signer_set_that_was_never_committed() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 1);
        startFromKnown(packet.packets[0].quorum);
        refuse(packet, abi.encodeWithSelector(IStateContract.UnknownSignerSet.selector));
    }

    function test_signature_without_the_producers() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        uint256 committee = committeeOf(1, 0);
        uint256 secrets = 0;
        for (uint256 i = 0; i < config.committeeSize; ++i) {
            secrets += secretAt(committee, i);
        }
        bytes32 message = Encoding.computeEndorseMessage(digestOf(makeHeader(payload)), 1);
        packet.signature = Signer.sign(secrets, message);
        refuse(packet, abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
    }

    function test_signatures_of_status_0() public {
        Header memory header = makeHeader(payload);
        Turn memory packet = seal(header, payload, 0, 0);
        packet.signature = makeTurn(header, 0, 0, 0).signature;
        refuse(packet, abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
    }

    function test_signer_that_did_not_sign() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 1);
        packet.packets[0].quorum.signers[0] |= 1;
        packet.packets[0].quorum.change = withKeys(packet, new G1Point[](0));
        refuse(packet, abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
    }

    function test_signature_at_infinity() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        G2Point memory infinity;
        packet.signature = infinity;
        refuse(packet, abi.encodeWithSelector(BLS.PointAtInfinity.selector));
    }

    function test_signature_off_the_curve() public {
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        packet.signature.y1b = bytes32(uint256(packet.signature.y1b) ^ 1);
        refuse(packet, abi.encodeWithSelector(BLS.PrecompileFailed.selector, 0x0f));
    }

    function test_one_bad_packet_refuses_all() public {
        Turn[] memory turns = makeChain(2, payload);
        turns[1].signature = turns[0].signature;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
        sc.commit(1, turns);
        vm.assertEq(sc.head().number, 0);
    }

    function test_configs_of_the_two_contracts_differ() public {
        Config memory other = makeConfig(2, 4);
        other.t1Seconds += 1;
        bytes memory code = Artifacts.codeOf(
            "StateContract", abi.encode(other, mc, bytes32(0), address(0), address(0))
        );
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidConfig.selector, "management"));
        Artifacts.create(code);
    }

    function test_payloads_that_do_not_fit_the_blobs() public {
        // 17 bytes beside the payloads, 4 for each, in 6 · 4096 elements of 31 bytes.
        Config memory other = makeConfig(2, 4);
        other.dataAnchorInterval = 4;
        other.maxPayloadBytes = 190_456;
        bytes memory code = Artifacts.codeOf(
            "StateContract", abi.encode(other, mc, bytes32(0), address(0), address(0))
        );
        vm.expectRevert(
            abi.encodeWithSelector(IStateContract.InvalidConfig.selector, "maxPayloadBytes")
        );
        Artifacts.create(code);
    }

    function withKeys(Turn memory turn, G1Point[] memory keys) private pure returns (bytes memory) {
        SignerChange memory change = changeOf(turn.packets[0].quorum);
        change.keys = keys;
        return abi.encode(change);
    }

    function withCommittee(Turn memory turn, Committee memory committee)
        private
        pure
        returns (bytes memory)
    {
        SignerChange memory change = changeOf(turn.packets[0].quorum);
        change.committees[0] = committee;
        return abi.encode(change);
    }

    function refuseStatement(Turn memory turn, Header memory changed) private {
        turn.packets[0].statement = statementOf(changed);
        refuse(turn, abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
    }

    function flip(bytes memory words, uint256 index) private pure returns (bytes memory) {
        bytes memory flipped = abi.encodePacked(words);
        flipped[32 * index + 31] ^= 0x01;
        return flipped;
    }

    function deployAgain(Config memory changed) private {
        deploy(changed);
        for (uint256 i = 0; i < changed.committees * changed.committeeSize; ++i) {
            registerSeat(SEAT_SECRET + i, uint32(i), 1 ether);
        }
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        openEpoch();
        openCommittee(0);
        openCommittee(1);
        mine(2);
    }
}
