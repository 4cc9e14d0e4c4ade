// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICharges} from "../src/interfaces/ICharges.sol";
import {ICommits} from "../src/interfaces/ICommits.sol";
import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {Payout, PayoutPart, PayoutRecord, Turn} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {Payouts} from "../src/libraries/Payouts.sol";
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
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 1);
        commitOne(turn);
        // Pot: 1 gwei x 15 M gas x 3 / 4.
        uint256 pot = 0.01125 ether;
        vm.assertEq(balanceOf(PRODUCER), 100 ether - pot);
        Payout memory payout = sc.payoutAt(0);
        vm.assertEq(payout.unclaimed, pot);
        vm.assertEq(payout.producer, PRODUCER);
        vm.assertEq(payout.number, 1);
        vm.assertEq(payout.l1Number, vm.getBlockNumber());

        claimOf(0, makePart(turn, header, uint96(pot / 3)), 1);
        vm.assertEq(sc.rewardsOf(address(this)), pot / 3);
        vm.assertEq(sc.payoutAt(0).unclaimed, pot - pot / 3);
        requireSolvency();
    }

    function test_packets_of_a_turn_have_one_payout() public {
        Header[] memory headers = new Header[](2);
        headers[0] = makeHeader(payload);
        headers[1] = makeHeaderOn(
            1, digestOf(headers[0]), headers[0].postStateRoot, headers[0].baseFee, payload
        );
        Turn[] memory turns = new Turn[](2);
        PayoutPart[] memory parts = new PayoutPart[](2);
        PayoutRecord memory record;
        record.submitter = address(this);
        record.parts = new bytes32[](2);
        for (uint256 i = 0; i < 2; ++i) {
            turns[i] = seal(headers[i], payload, 0, i);
            parts[i] = makePart(turns[i], headers[i], 0.00375 ether);
            record.parts[i] = this.hashOf(parts[i]);
        }
        sc.commit(1, join(turns));
        vm.assertEq(sc.payoutAt(0).unclaimed, 7 * 0.00375 ether);
        vm.assertEq(sc.payoutAt(0).number, 1);

        uint32[] memory positions = new uint32[](1);
        positions[0] = 3;
        sc.claim(0, record, 1, parts[1], positions);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        sc.claim(0, record, 0, parts[0], positions);
        parts[1].claimed = new uint256[](1);
        parts[1].claimed[0] = 8;
        record.parts[1] = this.hashOf(parts[1]);
        sc.claim(0, record, 0, parts[0], positions);
        vm.assertEq(sc.rewardsOf(address(this)), 0.0075 ether);
        requireSolvency();
    }

    function test_gas_above_the_fee_limit_is_not_counted() public {
        Header memory header = makeHeader(payload);
        header.gasUsed = 25_000_000;
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(balanceOf(PRODUCER), 100 ether - 0.02 ether);
    }

    function test_open_rank_earns_the_submitters_share_whoever_sends() public {
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        turn.packets[0].quorum.submitter = positionOfRank(digestOf(header), 2);
        vm.warp(header.timestamp + 2);
        Turn[] memory turns = new Turn[](1);
        turns[0] = turn;
        vm.prank(address(1));
        sc.commit(1, turns);
        vm.assertEq(sc.payoutAt(0).unclaimed, 0.015 ether);

        PayoutPart memory part = makePart(turn, header, 0.003375 ether);
        PayoutRecord memory record = makeRecord(part);
        record.submitter = address(1);
        sc.claim(0, record, 0, part, new uint32[](0));
        vm.assertEq(sc.rewardsOf(address(this)), 0.0015 ether);
        vm.assertEq(sc.rewardsOf(address(1)), 0);
        vm.assertEq(sc.payoutAt(0).unclaimed, 0.0135 ether);

        // It is paid once: the record has no seat for it any more.
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        sc.claim(0, record, 0, part, new uint32[](0));
        requireSolvency();
    }

    function test_rank_that_is_not_open_earns_nothing() public {
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        turn.packets[0].quorum.submitter = positionOfRank(digestOf(header), 3);
        vm.warp(header.timestamp + 2);
        commitOne(turn);
        turn.packets[0].quorum.submitter = Payouts.NO_SEAT;
        claimOf(0, makePart(turn, header, 0.00375 ether), 0);
        vm.assertEq(sc.rewardsOf(address(this)), 0.00375 ether);
    }

    function test_commit_pays_what_is_there() public {
        vm.prank(PRODUCER);
        sc.requestWithdrawal(100 ether - 0.001 ether);
        mine(config.feeWithdrawalDelay);
        vm.prank(PRODUCER);
        sc.withdrawFees();
        commitOne(seal(makeHeader(payload), payload, 0, 0));
        vm.assertEq(balanceOf(PRODUCER), 0);
        vm.assertEq(sc.payoutAt(0).unclaimed, 0.001 ether);
        commitNext();
        vm.assertEq(sc.payoutAt(1).unclaimed, 0);
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
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 1);
        commitOne(turn);
        uint96 share = 0.00375 ether;
        PayoutPart memory part = makePart(turn, header, share);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 0));
        this.claimOf(0, part, 0);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 4));
        this.claimOf(0, part, 4);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 999));
        this.claimOf(0, part, 999);
        claimOf(0, part, 2);

        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        this.claimOf(0, part, 3);
        part.claimed = new uint256[](1);
        part.claimed[0] = 4;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 2));
        this.claimOf(0, part, 2);
        part.share += 1;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        this.claimOf(0, part, 3);
        part.share -= 1;
        claimOf(0, part, 3);
        vm.assertEq(sc.rewardsOf(address(this)), 2 * share);

        uint256 before = address(this).balance;
        sc.withdrawRewards();
        vm.assertEq(address(this).balance - before, 2 * share);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidAmount.selector, 0, 0));
        sc.withdrawRewards();
        requireSolvency();
    }

    function test_position_listed_twice_in_one_claim() public {
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        commitOne(turn);
        uint32[] memory positions = new uint32[](2);
        PayoutPart memory part = makePart(turn, header, 0.00375 ether);
        PayoutRecord memory record = makeRecord(part);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NothingToClaim.selector, 0));
        sc.claim(0, record, 0, part, positions);
    }

    function test_part_that_is_not_the_records() public {
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        commitOne(turn);
        PayoutPart memory part = makePart(turn, header, 0.00375 ether);
        PayoutRecord memory record = makeRecord(part);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        sc.claim(0, record, 1, part, new uint32[](0));
        part.share += 1;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongRecord.selector, 0));
        sc.claim(0, record, 0, part, new uint32[](0));
    }

    function test_unclaimed_fees_return_when_the_slot_is_taken_again() public {
        commitNext();
        uint256 unclaimed = sc.payoutAt(0).unclaimed;
        uint256 before = balanceOf(PRODUCER);
        skipTurns(8192);
        commitNext();
        vm.assertEq(sc.payoutAt(0).number, 2);
        vm.assertEq(balanceOf(PRODUCER), before + unclaimed - 0.015 ether);
        requireSolvency();
    }

    function test_invalid_packet_is_charged_and_its_producer_suspended() public {
        Header memory header = makeHeader(payload);
        header.postStateRoot = keccak256("wrong");
        charges.charge(abi.encode(header), makeTurn(header, 0, 1, 0), 0, "");
        // Paid on the fee gas limit: 1 gwei x 20 M x 3 / 4.
        vm.assertEq(balanceOf(PRODUCER), 100 ether - 0.015 ether);
        vm.assertEq(sc.payoutAt(8192).unclaimed, 0.015 ether);
        vm.assertEq(sc.feeAccount(PRODUCER).suspendedEpoch, epoch);
        vm.assertEq(sc.suspendedView(PRODUCER), header.viewNumber);

        mine(1);
        Turn memory turn = seal(makeHeader(payload), payload, 0, 0);
        refuse(
            turn,
            abi.encodeWithSelector(IStateContract.ProducerIsSuspended.selector, PRODUCER, epoch)
        );
        requireSolvency();
    }

    function test_invalid_packet_that_promises_no_fee_pays_the_least() public {
        Header memory header = makeHeader(payload);
        header.feeGasPrice = 0;
        header.feeGasLimit = 0;
        header.gasUsed = 0;
        charges.charge(abi.encode(header), makeTurn(header, 0, 0, 0), 0, "");
        // The least price on the gas target.
        vm.assertEq(sc.payoutAt(8192).unclaimed, uint256(config.minFeeGasPrice) * 15_000_000);
        requireSolvency();
    }

    function test_charge_does_not_block_status_1_of_the_same_packet() public {
        Header memory header = makeHeader(payload);
        charges.charge(abi.encode(header), makeTurn(header, 0, 0, 0), 0, "");
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(sc.head().number, 1);
    }

    function test_suspension_ends_with_the_epoch() public {
        Header memory header = makeHeader(payload);
        charges.charge(abi.encode(header), makeTurn(header, 0, 0, 0), 0, "");
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
        charges.charge(abi.encode(header), makeTurn(header, 0, 0, 0), 0, "");
        header.postStateRoot = keccak256("another");
        expectCharge(
            header,
            0,
            abi.encodeWithSelector(ICharges.AlreadyCharged.selector, header.viewNumber, 1)
        );
        header.number = 2;
        charges.charge(abi.encode(header), makeTurn(header, 0, 0, 0), 0, "");
        vm.assertEq(sc.payoutAt(8193).unclaimed, 0.02 ether);
    }

    function test_dead_packet_is_charged_on_its_gas_used() public {
        Header memory dead = makeHeader(payload);
        dead.postStateRoot = keccak256("another");
        Header memory header = makeHeader(payload);
        Turn memory committed = seal(header, payload, 0, 0);
        commitOne(committed);
        bytes memory shown = proofOf(0, committed, header, 0.00375 ether);
        uint256 before = balanceOf(PRODUCER);
        charges.charge(abi.encode(dead), makeTurn(dead, 0, 0, 1), 1, shown);
        vm.assertEq(before - balanceOf(PRODUCER), 0.015 ether);
        vm.assertEq(sc.feeAccount(PRODUCER).suspendedEpoch, 0);
    }

    function test_committed_packet_is_not_dead() public {
        Header memory header = makeHeader(payload);
        Turn memory committed = seal(header, payload, 0, 0);
        commitOne(committed);
        bytes memory shown = proofOf(0, committed, header, 0.00375 ether);
        bytes memory refusal =
            abi.encodeWithSelector(ICharges.PacketNotDead.selector, digestOf(header));
        expectChargeWith(header, 1, shown, refusal);
    }

    function test_record_of_another_number_shows_nothing_about_a_packet() public {
        Header memory first = makeHeader(payload);
        Turn memory committed = seal(first, payload, 0, 0);
        commitOne(committed);
        Header memory second = commitNext();
        second.postStateRoot = keccak256("another");
        expectChargeWith(
            second,
            1,
            proofOf(0, committed, first, 0.00375 ether),
            abi.encodeWithSelector(ICommits.NotCommitted.selector, 2, digestOf(first))
        );
    }

    function test_record_of_a_charge_shows_nothing_about_a_packet() public {
        commitNext();
        Header memory header = makeHeader(payload);
        header.number = 1;
        header.postStateRoot = keccak256("invalid");
        Turn memory charged = makeTurn(header, 0, 0, 0);
        charges.charge(abi.encode(header), charged, 0, "");
        Header memory dead = makeHeader(payload);
        dead.number = 1;
        dead.viewNumber = header.viewNumber + 1;
        expectChargeWith(
            dead,
            1,
            proofOf(8192, charged, header, 0.00375 ether),
            abi.encodeWithSelector(ICommits.NotCommitted.selector, 1, digestOf(header))
        );
    }

    function test_charge_needs_the_producers_signature_and_a_status() public {
        Header memory header = makeHeader(payload);
        expectCharge(header, 2, abi.encodeWithSelector(ICharges.NoSuchStatus.selector, 2));
        Turn memory turn = makeTurn(header, 0, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
        charges.charge(abi.encode(header), turn, 0, "");
        turn.producer.operator = address(1);
        vm.expectRevert(
            abi.encodeWithSelector(IStateContract.ProducerNotInSchedule.selector, PRODUCER)
        );
        charges.charge(abi.encode(header), turn, 0, "");
    }

    function claimOf(uint256 slot, PayoutPart memory part, uint32 position) public {
        uint32[] memory positions = new uint32[](1);
        positions[0] = position;
        sc.claim(slot, makeRecord(part), 0, part, positions);
    }

    function expectCharge(Header memory header, uint8 status, bytes memory refusal) private {
        expectChargeWith(header, status, "", refusal);
    }

    function expectChargeWith(
        Header memory header,
        uint8 status,
        bytes memory committed,
        bytes memory refusal
    ) private {
        Turn memory turn = makeTurn(header, 0, 0, status);
        vm.expectRevert(refusal);
        charges.charge(abi.encode(header), turn, status, committed);
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
