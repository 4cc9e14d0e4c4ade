// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultVerifier} from "../src/interfaces/IFaultVerifier.sol";
import {IReveals} from "../src/interfaces/IReveals.sol";
import {Merkle} from "../src/libraries/Merkle.sol";
import {Accused} from "../src/types/Faults.sol";
import {Header} from "../src/types/Header.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {FaultTest} from "./support/FaultTest.sol";
import {vm} from "./support/Vm.sol";

/// @title Demands of nodes that a list is made of, their answers, and what follows from silence
contract RevealsTest is FaultTest {
    uint256 private constant BOND = 1 ether / 32;
    uint256 private constant RESPONSE = EVIDENCE_WINDOW / 8;
    address private constant ANSWERER = address(0xa45);

    IReveals private reveals;

    receive() external payable {}

    function setUp() public {
        uint256 nonce = vm.getNonce(address(this)) + DEPLOYMENT_NONCES;
        address[] memory modules = new address[](1);
        modules[0] = vm.computeCreateAddress(address(this), nonce);
        deployFaults(modules, IFaultVerifier(address(0)));
        reveals = IReveals(Artifacts.deploy("Reveals", abi.encode(config, commits, faults)));
        vm.deal(address(this), 100 ether);
    }

    function test_every_node_of_a_list_can_be_answered() public {
        for (uint64 count = 1; count <= 7; ++count) {
            bytes32[][] memory levels = makeLevels(count);
            for (uint8 level = 0; level < levels.length; ++level) {
                for (uint64 index = 0; index < levels[level].length; ++index) {
                    requireAnswered(levels, IReveals.Place(IReveals.List.Access, level, index));
                }
                uint64 beyond = uint64(levels[level].length);
                requireAnswered(levels, IReveals.Place(IReveals.List.Update, level, beyond));
            }
            requireAnswered(levels, IReveals.Place(IReveals.List.Access, 40, 1));
        }
        requireAnswered(makeLevels(0), IReveals.Place(IReveals.List.Access, 0, 0));
    }

    function test_silence_is_guilt() public {
        (Header memory header, IReveals.Place memory place) = demandSome();
        uint256 deadline = vm.getBlockNumber() + RESPONSE;
        Accused memory accused = accuse(header, listIds(4, 1));
        vm.roll(deadline);
        vm.expectRevert(abi.encodeWithSelector(IReveals.DeadlineAhead.selector, uint64(deadline)));
        reveals.reportWithheld(abi.encode(header), place, accused);
        vm.roll(deadline + 1);
        vm.prank(ANSWERER);
        reveals.reportWithheld(abi.encode(header), place, accused);
        vm.snapshotGasLastCall("faults", "withheld_node");
        vm.assertTrue(faults.isInvalid(digestOf(header)) && isSlashed(4));
        // Who asked is the reporter, whoever sends the report.
        vm.assertEq(slasher.reporterOf(4), address(this));
        uint256 before = address(this).balance;
        reveals.withdrawBond();
        vm.assertEq(address(this).balance, before + BOND);
        vm.expectRevert(abi.encodeWithSelector(IReveals.NotDemanded.selector));
        reveals.reportWithheld(abi.encode(header), place, accused);
    }

    function test_an_answer_in_time_earns_the_bond() public {
        bytes32[][] memory levels = makeLevels(5);
        (Header memory header, IReveals.Place memory place) = demandSome();
        bytes memory words = abi.encode(header);
        IReveals.Answer memory answer = makeAnswer(levels, place);
        uint256 deadline = vm.getBlockNumber() + RESPONSE;
        vm.roll(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IReveals.DeadlinePassed.selector, uint64(deadline)));
        reveals.answer(words, place, answer);
        vm.roll(deadline);
        vm.prank(ANSWERER);
        reveals.answer(words, place, answer);
        vm.prank(ANSWERER);
        reveals.withdrawBond();
        vm.assertEq(ANSWERER.balance, BOND);
        vm.expectRevert(abi.encodeWithSelector(IReveals.NothingPaid.selector));
        reveals.withdrawBond();
        vm.roll(deadline + 1);
        Accused memory accused = accuse(header, listIds(4, 1));
        vm.expectRevert(abi.encodeWithSelector(IReveals.NotDemanded.selector));
        reveals.reportWithheld(words, place, accused);
    }

    function test_wrong_answers_are_refused() public {
        bytes32[][] memory levels = makeLevels(5);
        (Header memory header, IReveals.Place memory place) = demandSome();
        bytes memory words = abi.encode(header);
        IReveals.Answer memory answer = makeAnswer(levels, place);
        answer.item = "another";
        requireWrongAnswer(words, place, answer);
        answer = makeAnswer(levels, place);
        answer.count = 6;
        requireWrongAnswer(words, place, answer);
        answer.count = 2;
        requireWrongAnswer(words, place, answer);
        answer = makeAnswer(levels, place);
        answer.path[1] ^= bytes32(uint256(1));
        requireWrongAnswer(words, place, answer);
        answer.path = new bytes32[](0);
        requireWrongAnswer(words, place, answer);
        // That there is no such node is no answer if there is one.
        answer.path = new bytes32[](1);
        answer.path[0] = levels[levels.length - 1][0];
        answer.count = 1;
        requireWrongAnswer(words, place, answer);
    }

    function test_demands_are_bounded_and_dearer_each_time() public {
        (Header memory header, IReveals.Place memory place) = demandSome();
        bytes memory words = abi.encode(header);
        vm.expectRevert(abi.encodeWithSelector(IReveals.WrongBond.selector, 2 * BOND, BOND));
        reveals.demand{value: BOND}(words, place, "");
        vm.expectRevert(abi.encodeWithSelector(IReveals.AlreadyDemanded.selector));
        reveals.demand{value: 2 * BOND}(words, place, "");
        for (uint64 i = 1; i < 8; ++i) {
            place.index = 100 + i;
            reveals.demand{value: BOND << i}(words, place, "");
        }
        place.index = 200;
        vm.expectRevert(abi.encodeWithSelector(IReveals.TooManyDemands.selector));
        reveals.demand{value: BOND << 8}(words, place, "");
    }

    function test_only_committed_packets_owe_their_lists() public {
        Header memory header = makeHeader();
        IReveals.Place memory place = IReveals.Place(IReveals.List.Access, 0, 0);
        vm.expectRevert();
        reveals.demand{value: BOND}(abi.encode(header), place, "");
        commits.commit(header.number, digestOf(header), new uint32[](0));
        vm.roll(L1_NUMBER + EVIDENCE_WINDOW - RESPONSE);
        vm.expectRevert(abi.encodeWithSelector(IReveals.DemandTooLate.selector, L1_NUMBER));
        reveals.demand{value: BOND}(abi.encode(header), place, "");
        vm.roll(L1_NUMBER + EVIDENCE_WINDOW - RESPONSE - 1);
        reveals.demand{value: BOND}(abi.encode(header), place, "");
    }

    function demandSome() private returns (Header memory header, IReveals.Place memory place) {
        bytes32[][] memory levels = makeLevels(5);
        header = makeListHeader(levels);
        commits.commit(header.number, digestOf(header), new uint32[](0));
        place = IReveals.Place(IReveals.List.Access, 0, 3);
        reveals.demand{value: BOND}(abi.encode(header), place, "");
        vm.snapshotGasLastCall("faults", "demand");
    }

    function requireAnswered(bytes32[][] memory levels, IReveals.Place memory place) private {
        Header memory header = makeListHeader(levels);
        bytes memory words = abi.encode(header);
        commits.commit(header.number, digestOf(header), new uint32[](0));
        reveals.demand{value: BOND}(words, place, "");
        reveals.answer(words, place, makeAnswer(levels, place));
        vm.assertEq(reveals.bondOf(digestOf(header)), BOND);
    }

    function requireWrongAnswer(
        bytes memory words,
        IReveals.Place memory place,
        IReveals.Answer memory answer
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IReveals.WrongAnswer.selector));
        reveals.answer(words, place, answer);
    }

    function makeListHeader(bytes32[][] memory levels) private pure returns (Header memory header) {
        header = makeHeader();
        bytes32[] memory leaves = new bytes32[](levels[0].length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = levels[0][i];
        }
        header.accessRoot = Merkle.computeRoot(leaves);
        header.updateRoot = header.accessRoot;
    }

    /// The nodes of a list of one-byte items, level by level.
    function makeLevels(uint64 count) private pure returns (bytes32[][] memory levels) {
        uint256 height = 1;
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            ++height;
        }
        levels = new bytes32[][](height);
        levels[0] = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            levels[0][i] = Merkle.hashLeaf(itemAt(i));
        }
        for (uint256 level = 1; level < height; ++level) {
            bytes32[] memory below = levels[level - 1];
            levels[level] = new bytes32[]((below.length + 1) / 2);
            for (uint256 i = 0; i < levels[level].length; ++i) {
                levels[level][i] = 2 * i + 1 == below.length
                    ? below[2 * i]
                    : keccak256(abi.encodePacked(bytes1(0x21), below[2 * i], below[2 * i + 1]));
            }
        }
    }

    function makeAnswer(bytes32[][] memory levels, IReveals.Place memory place)
        private
        pure
        returns (IReveals.Answer memory answer)
    {
        answer.count = uint64(levels[0].length);
        if (place.level >= levels.length || place.index >= levels[place.level].length) {
            answer.path = new bytes32[](answer.count == 0 ? 0 : 1);
            if (answer.count != 0) answer.path[0] = levels[levels.length - 1][0];
            return answer;
        }
        if (place.level == 0) {
            answer.item = itemAt(place.index);
        } else {
            bytes32[] memory below = levels[place.level - 1];
            answer.left = below[2 * place.index];
            if (2 * place.index + 1 < below.length) answer.right = below[2 * place.index + 1];
        }
        bytes32[] memory path = new bytes32[](levels.length);
        uint256 used = 0;
        uint256 index = place.index;
        for (uint256 level = place.level; level + 1 < levels.length; ++level) {
            uint256 sibling = index ^ 1;
            if (sibling < levels[level].length) path[used++] = levels[level][sibling];
            index /= 2;
        }
        answer.path = new bytes32[](used);
        for (uint256 i = 0; i < used; ++i) {
            answer.path[i] = path[i];
        }
    }

    function itemAt(uint256 index) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(index + 1));
    }
}
