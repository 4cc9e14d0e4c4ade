// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../src/interfaces/IFaultContract.sol";
import {IFaultVerifier} from "../src/interfaces/IFaultVerifier.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Accused, Members, Statement, Verdict} from "../src/types/Faults.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {FaultTest} from "./support/FaultTest.sol";
import {vm} from "./support/Vm.sol";

/// @title A proof system that refutes what it is told to
contract VerifierStub is IFaultVerifier {
    function verifyFault(bytes calldata, bytes calldata proof)
        external
        pure
        override
        returns (bool)
    {
        return proof.length == 1;
    }
}

/// @title Contradictions, judgements and who is guilty of them
contract FaultContractTest is FaultTest {
    string private constant GROUP = "faults";
    address private constant MODULE = address(0x30d);
    address private constant REPORTER = address(0x4e9);

    function setUp() public {
        address[] memory modules = new address[](1);
        modules[0] = MODULE;
        deployFaults(modules, new VerifierStub());
    }

    function test_two_packets_of_one_turn_slash_their_signer() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(3, 1));
        vm.prank(REPORTER);
        faults.reportContradiction(first, second, signature);
        vm.assertLe(vm.snapshotGasLastCall(GROUP, "two_packets_of_one_member"), 345_000);
        vm.assertTrue(isSlashed(3));
        vm.assertEq(slasher.reporterOf(3), REPORTER);
        vm.assertFalse(isSlashed(2));
    }

    function test_both_statuses_of_one_packet_slash_their_signer() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoStatuses(listIds(3, 1));
        faults.reportContradiction(first, second, signature);
        vm.snapshotGasLastCall(GROUP, "two_statuses_of_one_member");
        vm.assertTrue(isSlashed(3));
    }

    function test_the_signers_of_both_aggregates_are_slashed() public {
        Header memory header = makeHeader();
        Header memory other = makeRival();
        Statement memory first = Statement(abi.encode(header), 1, membersOf(listIds(1, 12)));
        Statement memory second = Statement(abi.encode(other), 1, membersOf(listIds(9, 12)));
        G2Point memory signature = addSignatures(
            sign(first.signers.ids, digestOf(header), 1),
            sign(second.signers.ids, digestOf(other), 1)
        );
        faults.reportContradiction(first, second, signature);
        for (uint32 id = 1; id <= MEMBERS; ++id) {
            vm.assertTrue(isSlashed(id) == (id >= 9 && id <= 12));
        }
    }

    function test_disjoint_aggregates_slash_nobody() public {
        (Statement memory first, Statement memory second,) = makeTwoPackets(listIds(1, 2));
        second.signers = membersOf(listIds(3, 2));
        G2Point memory signature = addSignatures(
            sign(listIds(1, 2), keccak256(abi.encodePacked(DOMAIN, first.header)), 1),
            sign(listIds(3, 2), keccak256(abi.encodePacked(DOMAIN, second.header)), 1)
        );
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NobodyGuilty.selector));
        faults.reportContradiction(first, second, signature);
    }

    function test_the_same_evidence_counts_once() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(3, 1));
        faults.reportContradiction(first, second, signature);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NobodyGuilty.selector));
        faults.reportContradiction(first, second, signature);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NobodyGuilty.selector));
        (second.signers, first.signers) = (first.signers, second.signers);
        faults.reportContradiction(second, first, signature);
    }

    function test_what_an_honest_member_may_say_is_no_contradiction() public {
        Header memory rival = makeRival();
        rival.viewNumber += 1;
        requireNoContradiction(rival, 1, 1);
        rival = makeRival();
        rival.number += 1;
        requireNoContradiction(rival, 1, 1);
        rival = makeRival();
        requireNoContradiction(rival, 1, 0);
        requireNoContradiction(rival, 0, 1);
        requireNoContradiction(rival, 0, 0);
        rival = makeHeader();
        requireNoContradiction(rival, 1, 1);
        requireNoContradiction(rival, 0, 0);
    }

    function test_old_evidence_is_refused() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(3, 1));
        vm.roll(L1_NUMBER + EVIDENCE_WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.EvidenceExpired.selector, L1_NUMBER));
        faults.reportContradiction(first, second, signature);
        vm.roll(L1_NUMBER + EVIDENCE_WINDOW);
        faults.reportContradiction(first, second, signature);
        vm.assertTrue(isSlashed(3));
    }

    function test_an_anchor_in_the_future_protects_nobody() public {
        Header memory header = makeHeader();
        header.l1Number = type(uint64).max;
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeStatements(header, makeRival(), 1, 1, listIds(3, 1));
        faults.reportContradiction(first, second, signature);
        vm.assertTrue(isSlashed(3));
    }

    function test_signatures_of_another_network_prove_nothing() public {
        (Statement memory first, Statement memory second,) = makeTwoPackets(listIds(3, 1));
        bytes32 foreign = keccak256("foreign");
        G2Point memory signature = addSignatures(
            sign(listIds(3, 1), keccak256(abi.encodePacked(foreign, first.header)), 1),
            sign(listIds(3, 1), keccak256(abi.encodePacked(foreign, second.header)), 1)
        );
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.InvalidSignature.selector));
        faults.reportContradiction(first, second, signature);
    }

    function test_one_signature_does_not_stand_for_two() public {
        (Statement memory first, Statement memory second,) = makeTwoPackets(listIds(3, 1));
        G2Point memory signature =
            sign(listIds(3, 1), keccak256(abi.encodePacked(DOMAIN, first.header)), 1);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.InvalidSignature.selector));
        faults.reportContradiction(first, second, signature);
        G2Point memory infinity;
        vm.expectRevert(abi.encodeWithSelector(BLS.PointAtInfinity.selector));
        faults.reportContradiction(first, second, infinity);
    }

    function test_altered_statements_are_refused(uint256 word, uint8 bit) public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(3, 1));
        uint256 offset = word % 26 * 32 + 31;
        first.header[offset] ^= bytes1(uint8(1) << (bit % 8));
        vm.expectRevert();
        faults.reportContradiction(first, second, signature);
        vm.assertFalse(isSlashed(3));
    }

    function test_members_must_be_listed_as_they_are() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(3, 2));
        first.signers.ids[1] = 3;
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.reportContradiction(first, second, signature);
        first.signers.ids[1] = 5;
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.WrongKey.selector, uint32(5)));
        faults.reportContradiction(first, second, signature);
        first.signers.keys = new G1Point[](1);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.reportContradiction(first, second, signature);
        Members memory nobody;
        first.signers = nobody;
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.reportContradiction(first, second, signature);
    }

    function test_only_modules_convict_and_only_appeals_judge() public {
        Header memory header = makeHeader();
        Accused memory accused = accuse(header, listIds(3, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NotModule.selector, address(this)));
        faults.convict(abi.encode(header), accused, REPORTER);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NotModule.selector, address(this)));
        faults.judge(digestOf(header), Verdict.Invalid, REPORTER, new uint32[](0));
        vm.assertFalse(faults.isInvalid(digestOf(header)));
    }

    function test_a_module_convicts_those_who_signed() public {
        Header memory header = makeHeader();
        convict(header, accuse(header, listIds(3, 2)));
        vm.assertTrue(faults.isInvalid(digestOf(header)));
        vm.assertTrue(isSlashed(3) && isSlashed(4) && !isSlashed(5));
        vm.assertEq(slasher.reporterOf(4), REPORTER);
    }

    function test_the_reporter_of_a_judged_packet_stays_the_first() public {
        Header memory header = makeHeader();
        Accused memory nobody;
        convict(header, nobody);
        vm.prank(address(0xbad));
        faults.accuse(abi.encode(header), 1, accuse(header, listIds(6, 1)));
        vm.assertEq(slasher.reporterOf(6), REPORTER);
        vm.assertEq(faults.judgementOf(digestOf(header)).reporter, REPORTER);
    }

    function test_the_signers_of_a_commit_are_accused_by_its_record() public {
        Header memory header = makeHeader();
        commits.commit(header.number, digestOf(header), listIds(2, 9));
        Accused memory accused;
        accused.positions = new uint32[](2);
        accused.positions[0] = 1;
        accused.positions[1] = 8;
        convict(header, accused);
        vm.assertTrue(isSlashed(3) && isSlashed(10) && !isSlashed(2) && !isSlashed(9));

        accused.positions[1] = 9;
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.accuse(abi.encode(header), 1, accused);
        accused.positions[0] = 7;
        accused.positions[1] = 7;
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.accuse(abi.encode(header), 1, accused);
    }

    function test_a_packet_that_nobody_judged_accuses_nobody() public {
        Header memory header = makeHeader();
        Accused memory accused = accuse(header, listIds(3, 1));
        for (uint8 status = 0; status < 3; ++status) {
            vm.expectRevert(
                abi.encodeWithSelector(IFaultContract.NotJudged.selector, digestOf(header))
            );
            faults.accuse(abi.encode(header), status, accused);
        }
    }

    function test_a_verdict_accuses_those_who_said_the_opposite() public {
        Header memory header = makeHeader();
        bytes32 digest = digestOf(header);
        vm.prank(APPEALS);
        faults.judge(digest, Verdict.Valid, REPORTER, new uint32[](0));
        Accused memory accused = accuse(header, listIds(3, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NotJudged.selector, digest));
        faults.accuse(abi.encode(header), 1, accused);
        accused.signature = sign(listIds(3, 1), digest, 0);
        faults.accuse(abi.encode(header), 0, accused);
        vm.assertTrue(isSlashed(3));

        vm.prank(APPEALS);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.AlreadyJudged.selector, digest));
        faults.judge(digest, Verdict.Invalid, REPORTER, new uint32[](0));
    }

    function test_a_proven_fault_outranks_a_verdict() public {
        Header memory header = makeHeader();
        vm.prank(APPEALS);
        faults.judge(digestOf(header), Verdict.Valid, address(1), new uint32[](0));
        convict(header, accuse(header, listIds(3, 1)));
        vm.assertTrue(faults.isInvalid(digestOf(header)) && isSlashed(3));
    }

    function test_old_packets_accuse_nobody() public {
        Header memory header = makeHeader();
        Accused memory accused = accuse(header, listIds(3, 1));
        vm.roll(L1_NUMBER + EVIDENCE_WINDOW + 1);
        vm.prank(MODULE);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.EvidenceExpired.selector, L1_NUMBER));
        faults.convict(abi.encode(header), accused, REPORTER);
    }

    function test_signers_that_did_not_sign_are_not_accused() public {
        Header memory header = makeHeader();
        Accused memory accused = accuse(header, listIds(3, 1));
        accused.signers = membersOf(listIds(3, 2));
        vm.prank(MODULE);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.InvalidSignature.selector));
        faults.convict(abi.encode(header), accused, REPORTER);
        accused = accuse(header, listIds(3, 1));
        accused.signature = sign(listIds(3, 1), digestOf(header), 0);
        vm.prank(MODULE);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.InvalidSignature.selector));
        faults.convict(abi.encode(header), accused, REPORTER);
    }

    function test_the_slot_for_a_proof_system() public {
        Header memory header = makeHeader();
        Accused memory accused = accuse(header, listIds(3, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NoFault.selector));
        faults.reportByVerifier(abi.encode(header), "", accused);
        faults.reportByVerifier(abi.encode(header), hex"01", accused);
        vm.assertTrue(isSlashed(3));

        deployFaults(new address[](0), IFaultVerifier(address(0)));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NoFault.selector));
        faults.reportByVerifier(abi.encode(header), hex"01", accused);
    }

    function test_a_report_names_at_most_192_members() public {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeTwoPackets(listIds(1, 1));
        first.signers.ids = listIds(1, 100);
        second.signers.ids = listIds(1, 92);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        faults.reportContradiction(first, second, signature);
        second.signers.ids = listIds(1, 93);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.TooManyAccused.selector, 192, 193));
        faults.reportContradiction(first, second, signature);

        Header memory header = makeHeader();
        Accused memory accused;
        accused.signers.ids = listIds(1, 100);
        accused.positions = listIds(0, 92);
        convict(header, Accused(membersOf(new uint32[](0)), signature, new uint32[](0), ""));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.MalformedMembers.selector));
        convict(header, accused);
        accused.positions = listIds(0, 93);
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.TooManyAccused.selector, 192, 193));
        convict(header, accused);
    }

    function test_contracts_of_different_networks_are_refused() public {
        config.evidenceWindow += 1;
        bytes memory code = Artifacts.codeOf(
            "FaultContract",
            abi.encode(config, slasher, commits, new address[](0), APPEALS, address(0))
        );
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.WrongNetwork.selector));
        Artifacts.create(code);
    }

    function convict(Header memory header, Accused memory accused) private {
        vm.prank(MODULE);
        faults.convict(abi.encode(header), accused, REPORTER);
    }

    function makeRival() private pure returns (Header memory header) {
        header = makeHeader();
        header.postStateRoot = keccak256("another");
    }

    function makeTwoPackets(uint32[] memory ids)
        private
        view
        returns (Statement memory, Statement memory, G2Point memory)
    {
        return makeStatements(makeHeader(), makeRival(), 1, 1, ids);
    }

    function makeTwoStatuses(uint32[] memory ids)
        private
        view
        returns (Statement memory, Statement memory, G2Point memory)
    {
        return makeStatements(makeHeader(), makeHeader(), 0, 1, ids);
    }

    function makeStatements(
        Header memory header,
        Header memory other,
        uint8 status,
        uint8 otherStatus,
        uint32[] memory ids
    )
        private
        view
        returns (Statement memory first, Statement memory second, G2Point memory signature)
    {
        Members memory same;
        first = Statement(abi.encode(header), status, membersOf(ids));
        second = Statement(abi.encode(other), otherStatus, same);
        signature = addSignatures(
            sign(ids, digestOf(header), status), sign(ids, digestOf(other), otherStatus)
        );
    }

    function requireNoContradiction(Header memory other, uint8 status, uint8 otherStatus) private {
        (Statement memory first, Statement memory second, G2Point memory signature) =
            makeStatements(makeHeader(), other, status, otherStatus, listIds(3, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultContract.NoContradiction.selector));
        faults.reportContradiction(first, second, signature);
    }
}
