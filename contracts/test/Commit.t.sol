// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {Head, Quorum, SignerChange, Tip, Turn} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title What commit accepts
contract CommitTest is NetworkTest {
    function setUp() public {
        bootstrap(2, 4);
    }

    function test_packet_sets_the_head() public {
        Header memory header = commitNext();
        Head memory head = sc.head();
        vm.assertEq(head.number, 1);
        Tip memory tip = Tip(digestOf(header), header.postStateRoot, config.genesisBaseFee);
        vm.assertEq(head.tipHash, Encoding.hashTip(tip));
        vm.assertEq(head.timestamp, header.timestamp);
        vm.assertEq(head.l1Number, header.l1Number);
    }

    function test_consecutive_packets_of_all_committees_are_one_transaction() public {
        sc.commit(1, makeChain(5, makePayload(1, 50)));
        vm.assertEq(sc.head().number, 5);
        vm.assertEq(sc.head().turns, 5);
    }

    function test_packets_of_a_turn_share_one_signature() public {
        sc.commit(1, join(makeChain(5, makePayload(1, 50))));
        vm.assertEq(sc.head().number, 5);
        vm.assertEq(sc.head().turns, 1);
    }

    function test_committed_turns_are_skipped() public {
        Turn[] memory turns = makeChain(3, makePayload(1, 50));
        commitOne(turns[0]);
        sc.commit(1, turns);
        vm.assertEq(sc.head().number, 3);
        sc.commit(1, turns);
        vm.assertEq(sc.head().number, 3);
        vm.assertEq(sc.head().turns, 3);
    }

    function test_turn_that_is_committed_in_part_is_refused() public {
        Turn[] memory turns = makeChain(3, makePayload(1, 50));
        Turn[] memory joined = join(turns);
        sc.commit(1, makeChain(1, makePayload(1, 50)));
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongNumber.selector, 2, 1));
        sc.commit(1, joined);
    }

    function test_packet_without_transactions_is_committed() public {
        bytes memory payload = makePayload(0, 0);
        commitOne(seal(makeHeader(payload), payload, 0, 0));
        vm.assertEq(sc.head().number, 1);
    }

    function test_two_thirds_suffice() public {
        bytes memory payload = makePayload(1, 50);
        commitOne(seal(makeHeader(payload), payload, 0, 1));
        vm.assertEq(sc.head().number, 1);
    }

    function test_base_fee_rises_after_a_full_packet_and_falls_after_an_empty_one() public {
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        header.gasUsed = config.gasLimit;
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(tipOf(sc.head().tipHash).nextBaseFee, 1_125_000_000);

        header = makeHeader(payload);
        header.gasUsed = 0;
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(tipOf(sc.head().tipHash).nextBaseFee, 984_375_000);
    }

    function test_known_signer_set_replaces_the_keys() public {
        bytes memory payload = makePayload(1, 50);
        commitOne(seal(makeHeader(payload), payload, 0, 1));
        commitNext();

        Turn memory third = seal(makeHeader(payload), payload, 0, 1);
        startFromKnown(third.packets[0].quorum);
        commitOne(third);
        vm.assertEq(sc.head().number, 3);
    }

    function test_member_that_comes_back_is_added_to_the_known_set() public {
        bytes memory payload = makePayload(1, 50);
        Turn memory first = seal(makeHeader(payload), payload, 0, 1);
        commitOne(first);
        commitNext();

        Turn memory third = seal(makeHeader(payload), payload, 0, 0);
        SignerChange memory before = changeOf(first.packets[0].quorum);
        third.packets[0].quorum.key = sumOf(before);
        SignerChange memory change = changeOf(third.packets[0].quorum);
        change.base = first.packets[0].quorum.signers;
        change.keys = before.keys;
        third.packets[0].quorum.change = abi.encode(change);
        commitOne(third);
        vm.assertEq(sc.head().number, 3);
    }

    function test_known_signer_set_of_another_committee_is_refused() public {
        bytes memory payload = makePayload(1, 50);
        commitOne(seal(makeHeader(payload), payload, 0, 1));
        commitNext();
        Turn memory third = seal(makeHeader(payload), payload, 0, 1);
        Turn memory fourth = seal(makeHeaderAt(4, payload), payload, 0, 1);
        third.packets[0].quorum = fourth.packets[0].quorum;
        startFromKnown(third.packets[0].quorum);
        refuse(third, abi.encodeWithSelector(IStateContract.UnknownSignerSet.selector));
    }

    function test_next_committee_serves_after_t1_and_at_once_while_the_first_is_lagging() public {
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        vm.warp(vm.getBlockTimestamp() + config.t1Seconds);
        commitOne(seal(header, payload, 1, 0));
        uint32 assigned = uint32(committeeOf(1, 0));
        vm.assertTrue(sc.isLagging(epoch, assigned));

        commitNext();
        vm.assertFalse(sc.isLagging(epoch, uint32(committeeOf(2, 0))));
        commitOne(seal(makeHeader(payload), payload, 1, 0));
        vm.assertTrue(sc.isLagging(epoch, assigned));

        commitNext();
        commitNext();
        vm.assertFalse(sc.isLagging(epoch, assigned));
    }

    function test_all_seats_serve_after_t2() public {
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        vm.warp(vm.getBlockTimestamp() + config.t2Seconds);
        commitOne(seal(header, payload, 2, 2));
        vm.assertEq(sc.head().number, 1);
    }

    function test_finalized_number_follows_the_appeal_window() public {
        vm.assertEq(sc.commits().finalizedNumber(), 0);
        for (uint256 i = 0; i < 6; ++i) {
            commitNext();
            mine(1);
        }
        // Packet k is committed in block start + k - 1, and now is start + 6; the window is 4.
        vm.assertEq(sc.commits().finalizedNumber(), 3);
        mine(3);
        vm.assertEq(sc.commits().finalizedNumber(), 6);
    }

    function test_packets_of_an_old_epoch_are_committed_after_the_new_one_opened() public {
        bytes memory payload = makePayload(1, 50);
        Turn memory packet = seal(makeHeader(payload), payload, 0, 0);
        mine(config.epochBlocks);
        mc.freeze();
        openEpoch();
        mine(2);
        commitOne(packet);
        vm.assertEq(sc.head().number, 1);
        openCommittee(uint32(committeeOf(2, 0)));
        commitNext();
        vm.assertEq(sc.head().number, 2);
    }

    function makeHeaderAt(uint64 number, bytes memory payload)
        private
        view
        returns (Header memory header)
    {
        header = makeHeader(payload);
        header.number = number;
    }
}
