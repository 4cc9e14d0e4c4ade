// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../src/libraries/BLS.sol";
import {Head, Packet, Quorum, SignerSet} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point} from "../src/types/Points.sol";
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
        vm.assertEq(head.digest, digestOf(header));
        vm.assertEq(head.stateRoot, header.postStateRoot);
        vm.assertEq(head.timestamp, header.timestamp);
        vm.assertEq(head.l1Number, header.l1Number);
        vm.assertEq(head.nextBaseFee, config.genesisBaseFee);
    }

    function test_consecutive_packets_of_all_committees_are_one_transaction() public {
        sc.commit(makeChain(5));
        vm.assertEq(sc.head().number, 5);
    }

    function test_committed_packets_are_skipped() public {
        Packet[] memory packets = makeChain(3);
        commitOne(packets[0]);
        sc.commit(packets);
        vm.assertEq(sc.head().number, 3);
        sc.commit(packets);
        vm.assertEq(sc.head().number, 3);
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
        vm.assertEq(sc.head().nextBaseFee, 1_125_000_000);

        header = makeHeader(payload);
        header.gasUsed = 0;
        commitOne(seal(header, payload, 0, 0));
        vm.assertEq(sc.head().nextBaseFee, 984_375_000);
    }

    function test_known_signer_set_replaces_the_keys() public {
        bytes memory payload = makePayload(1, 50);
        Packet memory first = seal(makeHeader(payload), payload, 0, 1);
        commitOne(first);
        commitNext();

        Packet memory third = seal(makeHeader(payload), payload, 0, 1);
        third.quorum.known = knownOf(first.quorum);
        third.quorum.keys = new G1Point[](0);
        commitOne(third);
        vm.assertEq(sc.head().number, 3);
    }

    function test_member_that_comes_back_is_added_to_the_known_set() public {
        bytes memory payload = makePayload(1, 50);
        Packet memory first = seal(makeHeader(payload), payload, 0, 1);
        commitOne(first);
        commitNext();

        Packet memory third = seal(makeHeader(payload), payload, 0, 0);
        third.quorum.known = knownOf(first.quorum);
        third.quorum.keys = first.quorum.keys;
        commitOne(third);
        vm.assertEq(sc.head().number, 3);
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
        vm.assertEq(sc.finalizedNumber(), 0);
        for (uint256 i = 0; i < 6; ++i) {
            commitNext();
            mine(1);
        }
        // Packet k is committed in block start + k - 1, and now is start + 6; the window is 4.
        vm.assertEq(sc.finalizedNumber(), 3);
        mine(3);
        vm.assertEq(sc.finalizedNumber(), 6);
    }

    function test_packets_of_an_old_epoch_are_committed_after_the_new_one_opened() public {
        bytes memory payload = makePayload(1, 50);
        Packet memory packet = seal(makeHeader(payload), payload, 0, 0);
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

    function makeChain(uint256 count) private view returns (Packet[] memory packets) {
        bytes memory payload = makePayload(1, 50);
        packets = new Packet[](count);
        Header memory header = makeHeader(payload);
        for (uint256 i = 0; i < count; ++i) {
            packets[i] = seal(header, payload, 0, 0);
            header = makeHeaderOn(
                header.number, digestOf(header), header.postStateRoot, header.baseFee, payload
            );
        }
    }

    function knownOf(Quorum memory quorum) private view returns (SignerSet memory) {
        G1Point memory key = quorum.committees[0].key;
        for (uint256 i = 0; i < quorum.keys.length; ++i) {
            BLS.addTo(key, BLS.negate(quorum.keys[i]));
        }
        return SignerSet(quorum.signers, key);
    }
}
