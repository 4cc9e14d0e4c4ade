// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppealContract} from "../src/interfaces/IAppealContract.sol";
import {IFaultVerifier} from "../src/interfaces/IFaultVerifier.sol";
import {Committee} from "../src/types/Commit.sol";
import {Jury, Verdict} from "../src/types/Faults.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {FaultTest} from "./support/FaultTest.sol";
import {ElectionStub} from "./support/FaultStubs.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title Appeals of committed packets, and the votes of the seats
contract AppealsTest is FaultTest {
    uint256 private constant WINDOW = 10;
    uint256 private constant SEATS = 20;
    bytes private constant PARENT = "parent";

    IAppealContract private appeals;
    ElectionStub private election;

    receive() external payable {}

    function setUp() public {
        deployFor(COMMITTEES, COMMITTEE_SIZE);
    }

    function deployFor(uint64 committees, uint64 size) private {
        config.committees = committees;
        config.committeeSize = size;
        election = ElectionStub(
            Artifacts.deployFrom(Artifacts.LOCAL, "ElectionStub", abi.encode(committees, size))
        );
        uint256 nonce = vm.getNonce(address(this)) + DEPLOYMENT_NONCES;
        address place = vm.computeCreateAddress(address(this), nonce);
        deployFaults(new address[](0), IFaultVerifier(address(0)), place);
        appeals = IAppealContract(
            Artifacts.deploy("Appeals", abi.encode(config, election, commits, commits, faults))
        );
        vm.assertEq(address(appeals), place);
        vm.deal(address(this), 1000 ether);
    }

    function test_a_majority_against_a_packet_resets_it() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        vm.assertEq(appeals.firstOpenAppeal(), header.number);
        vm.prank(address(0xdec1de));
        decide(caseId, header, false, 9);
        vm.assertTrue(faults.isInvalid(digestOf(header)));
        vm.assertEq(faults.judgementOf(digestOf(header)).reporter, address(this));
        vm.assertEq(commits.resets(digestOf(header)), PARENT);
        vm.assertEq(appeals.firstOpenAppeal(), type(uint64).max);

        faults.accuse(abi.encode(header), 1, accuse(header, listIds(3, 1)));
        vm.assertTrue(isSlashed(3));
        uint256 before = address(this).balance;
        appeals.withdrawBond();
        vm.assertEq(address(this).balance, before + 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NothingPaid.selector));
        appeals.withdrawBond();
    }

    function test_a_verdict_slashes_the_signers_of_the_commit() public {
        Header memory header = makeHeader();
        uint256 caseId = openCommit(header, listIds(5, 4));
        decide(caseId, header, false, 9);
        for (uint32 id = 4; id <= 9; ++id) {
            vm.assertTrue(isSlashed(id) == (id >= 5 && id <= 8));
        }
        vm.assertEq(slasher.reporterOf(5), address(this));
    }

    function test_a_verdict_slashes_at_most_512_signers() public {
        Header memory header = makeHeader();
        decide(openCommit(header, listIds(1, 512)), header, false, 0);
        vm.assertTrue(isSlashed(512));
        header.number += 1;
        decide(openCommit(header, listIds(513, 513)), header, false, 0);
        vm.assertTrue(isSlashed(1024) && !isSlashed(1025));
    }

    function test_a_valid_packet_costs_its_signers_nothing() public {
        Header memory header = makeHeader();
        decide(openCommit(header, listIds(5, 4)), header, true, 0);
        vm.assertTrue(!isSlashed(5));
    }

    function test_a_majority_for_a_packet_keeps_the_bond() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        decide(caseId, header, true, 0);
        vm.assertTrue(faults.judgementOf(digestOf(header)).verdict == Verdict.Valid);
        vm.assertEq(commits.resets(digestOf(header)).length, 0);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NothingPaid.selector));
        appeals.withdrawBond();
        vm.expectRevert(
            abi.encodeWithSelector(IAppealContract.NotAppealable.selector, digestOf(header))
        );
        appeals.appeal{value: 1 ether}(abi.encode(header), "");
    }

    function test_half_of_the_seats_decide_nothing() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        Jury memory jury = makeJury(caseId, header, false, 10);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NoMajority.selector, 11, 10));
        appeals.decide(caseId, abi.encode(header), false, jury, PARENT, "");
    }

    function test_votes_count_for_their_verdict_and_case_only() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        Jury memory jury = makeJury(caseId, header, false, 3);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.InvalidSignature.selector));
        appeals.decide(caseId, abi.encode(header), true, jury, PARENT, "");
        Header memory other = makeHeader();
        other.number += 1;
        uint256 otherCase = open(other);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NoSuchCase.selector, otherCase));
        appeals.decide(otherCase, abi.encode(header), false, jury, PARENT, "");
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.InvalidSignature.selector));
        appeals.decide(otherCase, abi.encode(other), false, jury, PARENT, "");
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NoSuchCase.selector, 9));
        appeals.decide(9, abi.encode(header), false, jury, PARENT, "");
    }

    function test_endorsements_are_no_votes() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        Jury memory jury = makeJury(caseId, header, true, 0);
        jury.signature = sign(listIds(1, 20), digestOf(header), 1);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.InvalidSignature.selector));
        appeals.decide(caseId, abi.encode(header), true, jury, PARENT, "");
    }

    function test_a_jury_is_all_committees_of_the_epoch() public {
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        bytes memory words = abi.encode(header);
        Jury memory jury = makeJury(caseId, header, false, 3);
        (jury.committees[0], jury.committees[1]) = (jury.committees[1], jury.committees[0]);
        requireWrongJury(caseId, words, jury);
        jury = makeJury(caseId, header, false, 3);
        jury.committees = new Committee[](1);
        requireWrongJury(caseId, words, jury);
        jury = makeJury(caseId, header, false, 3);
        jury.committees[1].key = Signer.keyOf(1);
        requireWrongJury(caseId, words, jury);
        jury = makeJury(caseId, header, false, 3);
        jury.absent[0] |= 1 << SEATS;
        requireWrongJury(caseId, words, jury);
        jury = makeJury(caseId, header, false, 3);
        jury.keys = new G1Point[](2);
        requireWrongJury(caseId, words, jury);
        jury = makeJury(caseId, header, false, 3);
        jury.keys[1] = jury.keys[0];
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.WrongKey.selector, uint32(2)));
        appeals.decide(caseId, words, false, jury, PARENT, "");
    }

    function test_a_case_without_a_verdict_ends_after_two_extensions() public {
        Header memory header = makeHeader();
        uint256 opened = vm.getBlockNumber();
        uint256 caseId = open(header);
        Jury memory jury = makeJury(caseId, header, false, 0);
        vm.roll(opened + 3 * WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(IAppealContract.DeadlineAhead.selector, opened + 3 * WINDOW)
        );
        appeals.close(caseId);
        vm.roll(opened + 3 * WINDOW + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAppealContract.DeadlinePassed.selector, opened + 3 * WINDOW)
        );
        appeals.decide(caseId, abi.encode(header), false, jury, PARENT, "");
        appeals.close(caseId);
        vm.assertEq(appeals.firstOpenAppeal(), type(uint64).max);
        vm.assertFalse(faults.isInvalid(digestOf(header)));
        appeals.withdrawBond();
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.NoSuchCase.selector, caseId));
        appeals.close(caseId);
    }

    function test_only_packets_in_their_window_are_appealed() public {
        Header memory header = makeHeader();
        vm.expectRevert();
        appeals.appeal{value: 1 ether}(abi.encode(header), "");
        uint64 committed = uint64(vm.getBlockNumber());
        commits.commit(header.number, digestOf(header), new uint32[](0));
        vm.roll(committed + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.AppealTooLate.selector, committed));
        appeals.appeal{value: 1 ether}(abi.encode(header), "");
        vm.roll(committed + WINDOW - 1);
        appeals.appeal{value: 1 ether}(abi.encode(header), "");
        vm.expectRevert(
            abi.encodeWithSelector(IAppealContract.NotAppealable.selector, digestOf(header))
        );
        appeals.appeal{value: 2 ether}(abi.encode(header), "");
    }

    function test_each_open_case_doubles_the_bond() public {
        Header memory header = makeHeader();
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(appeals.bondOf(), 1 ether << i);
            header.number = uint64(20 - i);
            open(header);
            vm.assertEq(appeals.firstOpenAppeal(), 20 - i);
        }
        header.number = 5;
        commits.commit(5, digestOf(header), new uint32[](0));
        vm.expectRevert(
            abi.encodeWithSelector(IAppealContract.WrongBond.selector, 16 ether, 1 ether)
        );
        appeals.appeal{value: 1 ether}(abi.encode(header), "");
    }

    function test_the_cases_are_bounded() public {
        vm.deal(address(this), 1 ether << 17);
        Header memory header = makeHeader();
        for (uint64 i = 0; i < 16; ++i) {
            header.number = 100 + i;
            open(header);
        }
        header.number = 5;
        commits.commit(5, digestOf(header), new uint32[](0));
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.TooManyCases.selector));
        appeals.appeal{value: 1 ether << 16}(abi.encode(header), "");
    }

    function test_gas_of_a_verdict_of_512_seats() public {
        deployFor(4, 128);
        Header memory header = makeHeader();
        uint256 caseId = open(header);
        vm.snapshotGasLastCall("faults", "appeal");
        Jury memory jury = makeJury(caseId, header, false, 255);
        appeals.decide(caseId, abi.encode(header), false, jury, PARENT, "");
        uint256 gasUsed = vm.snapshotGasLastCall("faults", "verdict_of_512_seats_255_absent");
        vm.assertLe(gasUsed, 5_000_000);
    }

    function open(Header memory header) private returns (uint256) {
        return openCommit(header, new uint32[](0));
    }

    function openCommit(Header memory header, uint32[] memory signers) private returns (uint256) {
        commits.commit(header.number, digestOf(header), signers);
        return appeals.appeal{value: appeals.bondOf()}(abi.encode(header), "");
    }

    function decide(uint256 caseId, Header memory header, bool isValid, uint256 absent) private {
        Jury memory jury = makeJury(caseId, header, isValid, absent);
        appeals.decide(caseId, abi.encode(header), isValid, jury, PARENT, "");
    }

    /// The votes of all seats but the first `absent`.
    function makeJury(uint256 caseId, Header memory header, bool isValid, uint256 absent)
        private
        view
        returns (Jury memory jury)
    {
        uint256 seats = config.committees * config.committeeSize;
        jury.committees = new Committee[](config.committees);
        for (uint256 i = 0; i < jury.committees.length; ++i) {
            jury.committees[i] = election.committeeOf(i);
        }
        jury.absent = new uint256[]((seats + 255) / 256);
        jury.keys = new G1Point[](absent);
        uint256 secrets = 0;
        for (uint256 i = 0; i < seats; ++i) {
            if (i < absent) {
                jury.absent[i / 256] |= 1 << (i % 256);
                jury.keys[i] = Signer.keyOf(BASE + i + 1);
            } else {
                secrets += BASE + i + 1;
            }
        }
        uint256 verdict = isValid ? 1 : 0;
        bytes32 message = keccak256(abi.encode(uint256(2), caseId, digestOf(header), verdict));
        jury.signature = Signer.sign(secrets, message);
    }

    function requireWrongJury(uint256 caseId, bytes memory words, Jury memory jury) private {
        vm.expectRevert(abi.encodeWithSelector(IAppealContract.WrongJury.selector));
        appeals.decide(caseId, words, false, jury, PARENT, "");
    }
}
