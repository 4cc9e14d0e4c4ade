// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {Packet, Payout, PayoutRecord, ProducerRecord} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title Fee accounts, payouts, refunds, charges
contract FeesTest is NetworkTest {
    bytes private payload;

    function setUp() public {
        bootstrap(2, 4);
        payload = makePayload(1, 50);
    }

    function test_pot_is_split_among_the_signers_when_no_rank_is_open() public {
        Packet memory packet = seal(makeHeader(payload), payload, 0, 1);
        commitOne(packet);
        // Pot: 1 gwei x 15 M gas x 3 / 4.
        uint256 pot = 0.01125 ether;
        vm.assertEq(balanceOf(PRODUCER), 100 ether - pot);
        Payout memory payout = sc.payoutAt(1);
        vm.assertEq(payout.unclaimed, pot);
        vm.assertEq(payout.producer, PRODUCER);
        vm.assertEq(payout.l1Number, vm.getBlockNumber());

        PayoutRecord memory record = makeRecord(packet, uint96(pot / 3));
        claimFor(1, record, 1);
        vm.assertEq(sc.rewardsOf(address(this)), pot / 3);
        vm.assertEq(sc.payoutAt(1).unclaimed, pot - pot / 3);
        requireSolvency();
    }

    function test_gas_above_the_fee_limit_is_not_counted() public {
        Header memory header = makeHeader(payload);
        header.gasUsed = 25_000_000;
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(balanceOf(PRODUCER), 100 ether - 0.02 ether);
    }

    function test_open_rank_earns_the_submitters_share() public {
        Header memory header = makeHeader(payload);
        Packet memory packet = seal(header, payload, 0, 0);
        packet.quorum.submitter = positionOfRank(digestOf(header), 2);
        vm.warp(header.timestamp + 2);
        commitOne(packet);
        vm.assertEq(sc.rewardsOf(address(this)), 0.0015 ether);
        vm.assertEq(sc.payoutAt(1).unclaimed, 0.0135 ether);
        requireSolvency();
    }

    function test_rank_that_is_not_open_and_a_strangers_seat_earn_nothing() public {
        Header memory header = makeHeader(payload);
        Packet memory packet = seal(header, payload, 0, 0);
        packet.quorum.submitter = positionOfRank(digestOf(header), 3);
        vm.warp(header.timestamp + 2);
        commitOne(packet);
        vm.assertEq(sc.rewardsOf(address(this)), 0);

        header = makeHeader(payload);
        packet = seal(header, payload, 0, 0);
        packet.quorum.submitter = positionOfRank(digestOf(header), 0);
        Packet[] memory packets = new Packet[](1);
        packets[0] = packet;
        vm.prank(address(1));
        sc.commit(packets);
        vm.assertEq(sc.rewardsOf(address(1)), 0);
        vm.assertEq(sc.payoutAt(2).unclaimed, 0.015 ether);
    }

    function test_commit_pays_what_is_there() public {
        vm.prank(PRODUCER);
        sc.requestWithdrawal(100 ether - 0.001 ether);
        mine(config.feeWithdrawalDelay);
        vm.prank(PRODUCER);
        sc.withdrawFees();
        commitOne(seal(makeHeader(payload), payload, 0, 0));
        vm.assertEq(balanceOf(PRODUCER), 0);
        vm.assertEq(sc.payoutAt(1).unclaimed, 0.001 ether);
        commitNext();
        vm.assertEq(sc.payoutAt(2).unclaimed, 0);
        vm.assertEq(sc.head().number, 2);
        requireSolvency();
    }

    function test_withdrawal_waits_and_no_longer_covers() public {
        vm.assertEq(sc.feeCover(PRODUCER), 100 ether);
        vm.prank(PRODUCER);
        vm.expectRevert(
            abi.encodeWithSelector(IStateContract.InvalidAmount.selector, 100 ether + 1, 100 ether)
        );
        sc.requestWithdrawal(100 ether + 1);
        vm.prank(PRODUCER);
        sc.requestWithdrawal(60 ether);
        vm.assertEq(sc.feeCover(PRODUCER), 40 ether);
        uint256 withdrawalBlock = vm.getBlockNumber() + config.feeWithdrawalDelay;
        vm.roll(withdrawalBlock - 1);
        vm.prank(PRODUCER);
        vm.expectRevert(
            abi.encodeWithSelector(IStateContract.WithdrawalLocked.selector, withdrawalBlock)
        );
        sc.withdrawFees();
        vm.roll(withdrawalBlock);
        uint256 before = PRODUCER.balance;
        vm.prank(PRODUCER);
        sc.withdrawFees();
        vm.assertEq(PRODUCER.balance - before, 60 ether);
        vm.prank(PRODUCER);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidAmount.selector, 0, 40 ether));
        sc.withdrawFees();
        requireSolvency();
    }

    function test_claims_are_made_once_by_signers_of_the_record() public {
        Packet memory packet = seal(makeHeader(payload), payload, 0, 1);
        commitOne(packet);
        uint96 share = 0.00375 ether;
        PayoutRecord memory record = makeRecord(packet, share);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 0));
        this.claimFor(1, record, 0);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 4));
        this.claimFor(1, record, 4);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 999));
        this.claimFor(1, record, 999);
        claimFor(1, record, 2);

        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 1));
        this.claimFor(1, record, 3);
        record.claimed[0] = 4;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 2));
        this.claimFor(1, record, 2);
        record.share += 1;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 1));
        this.claimFor(1, record, 3);
        record.share -= 1;
        claimFor(1, record, 3);
        vm.assertEq(sc.rewardsOf(address(this)), 2 * share);

        uint256 before = address(this).balance;
        sc.withdrawRewards();
        vm.assertEq(address(this).balance - before, 2 * share);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidAmount.selector, 0, 0));
        sc.withdrawRewards();
        requireSolvency();
    }

    function test_position_listed_twice_in_one_claim() public {
        Packet memory packet = seal(makeHeader(payload), payload, 0, 0);
        commitOne(packet);
        uint32[] memory positions = new uint32[](2);
        PayoutRecord memory record = makeRecord(packet, 0.00375 ether);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 0));
        sc.claim(1, record, positions);
    }

    function test_unclaimed_fees_return_when_the_slot_is_taken_again() public {
        commitNext();
        uint256 unclaimed = sc.payoutAt(1).unclaimed;
        uint256 before = balanceOf(PRODUCER);
        skipToNumber(8192);
        commitNext();
        vm.assertEq(sc.head().number, 8193);
        vm.assertEq(balanceOf(PRODUCER), before + unclaimed - 0.015 ether);
        requireSolvency();
    }

    function test_invalid_packet_is_charged_and_its_producer_suspended() public {
        Header memory header = makeHeader(payload);
        header.postStateRoot = keccak256("wrong");
        sc.charge(
            abi.encode(header), makeProducerProof(), makeQuorum(header, 0, 1, 0), 0, emptyRecord()
        );
        // Paid on the fee gas limit: 1 gwei x 20 M x 3 / 4.
        vm.assertEq(balanceOf(PRODUCER), 100 ether - 0.015 ether);
        vm.assertEq(sc.payoutAt(8192).unclaimed, 0.015 ether);
        ProducerRecord memory record = sc.producerRecord(PRODUCER);
        vm.assertEq(record.suspendedEpoch, epoch);
        vm.assertEq(record.suspendedView, header.viewNumber);

        mine(1);
        Packet memory packet = seal(makeHeader(payload), payload, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IStateContract.ProducerIsSuspended.selector, PRODUCER, epoch)
        );
        commitOne(packet);
        requireSolvency();
    }

    function test_charge_does_not_block_status_1_of_the_same_packet() public {
        Header memory header = makeHeader(payload);
        sc.charge(
            abi.encode(header), makeProducerProof(), makeQuorum(header, 0, 0, 0), 0, emptyRecord()
        );
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(sc.head().number, 1);
    }

    function test_suspension_ends_with_the_epoch() public {
        Header memory header = makeHeader(payload);
        sc.charge(
            abi.encode(header), makeProducerProof(), makeQuorum(header, 0, 0, 0), 0, emptyRecord()
        );
        mine(config.epochBlocks);
        mc.freeze();
        openEpoch();
        mine(2);
        openCommittee(uint32(committeeOf(1, 0)));
        commitNext();
        vm.assertEq(sc.head().number, 1);
    }

    function test_charges_rise_in_view_and_number() public {
        Header memory header = makeHeader(payload);
        sc.charge(
            abi.encode(header), makeProducerProof(), makeQuorum(header, 0, 0, 0), 0, emptyRecord()
        );
        header.postStateRoot = keccak256("another");
        expectCharge(
            header,
            0,
            abi.encodeWithSelector(IStateContract.AlreadyCharged.selector, header.viewNumber, 1)
        );
        header.number = 2;
        sc.charge(
            abi.encode(header), makeProducerProof(), makeQuorum(header, 0, 0, 0), 0, emptyRecord()
        );
        vm.assertEq(sc.payoutAt(8193).unclaimed, 0.02 ether);
    }

    function test_dead_packet_is_charged_on_its_gas_used() public {
        Header memory dead = makeHeader(payload);
        dead.postStateRoot = keccak256("another");
        Packet memory committed = seal(makeHeader(payload), payload, 0, 0);
        expectCharge(
            dead, 1, abi.encodeWithSelector(IStateContract.PacketNotDead.selector, digestOf(dead))
        );
        commitOne(committed);
        PayoutRecord memory record = makeRecord(committed, 0.00375 ether);
        uint256 before = balanceOf(PRODUCER);
        sc.charge(abi.encode(dead), makeProducerProof(), makeQuorum(dead, 0, 0, 1), 1, record);
        vm.assertEq(before - balanceOf(PRODUCER), 0.015 ether);
        vm.assertEq(sc.producerRecord(PRODUCER).suspendedEpoch, 0);
    }

    function test_committed_packet_is_not_dead() public {
        Packet memory committed = seal(makeHeader(payload), payload, 0, 0);
        commitOne(committed);
        PayoutRecord memory record = makeRecord(committed, 0.00375 ether);
        Header memory header = abi.decode(committed.header, (Header));
        bytes memory refusal =
            abi.encodeWithSelector(IStateContract.PacketNotDead.selector, digestOf(header));
        expectChargeWith(header, 1, record, refusal);
        record.digest = bytes32(uint256(1));
        expectChargeWith(
            header, 1, record, abi.encodeWithSelector(IStateContract.WrongRecord.selector, 1)
        );
    }

    function test_record_of_a_later_lap_shows_nothing_about_a_packet() public {
        Header memory old = commitNext();
        skipToNumber(8192);
        Packet memory later = seal(makeHeader(payload), payload, 0, 0);
        commitOne(later);
        expectChargeWith(
            old,
            1,
            makeRecord(later, 0.00375 ether),
            abi.encodeWithSelector(IStateContract.PacketNotDead.selector, digestOf(old))
        );
    }

    function test_charge_needs_the_producers_signature_and_a_status() public {
        Header memory header = makeHeader(payload);
        expectCharge(header, 2, abi.encodeWithSelector(IStateContract.NoSuchStatus.selector, 2));
        Packet memory packet = seal(header, payload, 0, 0);
        packet.quorum = makeQuorum(header, 0, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
        sc.charge(abi.encode(header), packet.producer, packet.quorum, 0, emptyRecord());
    }

    function claimFor(uint256 slot, PayoutRecord memory record, uint32 position) public {
        uint32[] memory positions = new uint32[](1);
        positions[0] = position;
        sc.claim(slot, record, positions);
    }

    function expectCharge(Header memory header, uint8 status, bytes memory refusal) private {
        expectChargeWith(header, status, emptyRecord(), refusal);
    }

    function expectChargeWith(
        Header memory header,
        uint8 status,
        PayoutRecord memory record,
        bytes memory refusal
    ) private {
        Packet memory packet = seal(header, payload, 0, 0);
        packet.quorum = makeQuorum(header, 0, 0, status);
        vm.expectRevert(refusal);
        sc.charge(abi.encode(header), packet.producer, packet.quorum, status, record);
    }

    function positionOfRank(bytes32 digest, uint256 rank) private view returns (uint32) {
        uint256 size = config.committeeSize;
        return uint32((rank + uint256(digest) % size) % size);
    }

    function balanceOf(address producer) private view returns (uint256) {
        return sc.feeAccount(producer).balance;
    }

    /// The contract holds the accounts, what is unclaimed and the rewards, to the wei.
    function requireSolvency() private view {
        uint256 owed = balanceOf(PRODUCER) + sc.rewardsOf(address(this));
        for (uint256 slot = 0; slot < 4; ++slot) {
            owed += sc.payoutAt(slot).unclaimed + sc.payoutAt(8192 + slot).unclaimed;
        }
        vm.assertEq(address(sc).balance, owed);
    }
}
