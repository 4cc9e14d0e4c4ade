// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridgeFund} from "../src/interfaces/IBridgeFund.sol";
import {ICommits} from "../src/interfaces/ICommits.sol";
import {IManagementContract} from "../src/interfaces/IManagementContract.sol";
import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {Head, SignerChange, Tip, Turn} from "../src/types/Commit.sol";
import {Config} from "../src/types/Config.sol";
import {Role, Slash} from "../src/types/Election.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title A bridge that lacks what the test says
contract BridgeStub is IBridgeFund {
    uint256 public override shortfall;

    function lack(uint256 amount) external {
        shortfall = amount;
    }

    function refill() external payable override {
        shortfall -= msg.value;
    }
}

    /// @title Slashed stake, ejected seats, and the reset of an invalid packet
    /// @dev The test is the fault contract and the appeals.
    contract SlashingTest is NetworkTest {
        address private constant REPORTER = address(0xcafe);
        bytes32 private constant OFFENCE = keccak256("offence");

        bytes private payload;

        function setUp() public {
            bootstrap(2, 4);
            payload = makePayload(1, 50);
        }

        function test_only_the_fault_contract_slashes() public {
            vm.prank(address(1));
            vm.expectRevert(
                abi.encodeWithSelector(IManagementContract.NotFaultContract.selector, address(1))
            );
            mc.queueSlash(listOf(1, 2), OFFENCE, REPORTER);
        }

        function test_stake_is_taken_at_once_and_paid_out_after_the_delay() public {
            mc.topUp{value: 3 ether}(2);
            uint256 held = address(mc).balance;
            vm.assertEq(mc.queueSlash(listOf(1, 2), OFFENCE, REPORTER), 2);
            vm.assertEq(mc.memberOf(1).stake, 0);
            vm.assertEq(mc.memberOf(2).stake, 3 ether);
            Slash memory slash = mc.slashAt(0);
            vm.assertEq(slash.amount, 2 ether);
            vm.assertEq(slash.payableBlock, vm.getBlockNumber() + config.appealWindow);

            vm.expectRevert(
                abi.encodeWithSelector(
                    IManagementContract.SlashLocked.selector, 0, slash.payableBlock
                )
            );
            mc.paySlash(0);
            mine(config.appealWindow);
            uint256 burned = address(0).balance;
            mc.paySlash(0);
            vm.assertEq(REPORTER.balance, 0.5 ether);
            vm.assertEq(address(0).balance - burned, 1.5 ether);
            vm.assertEq(address(mc).balance, held - 2 ether);
            vm.expectRevert(abi.encodeWithSelector(IManagementContract.NoSuchSlash.selector, 0));
            mc.paySlash(0);
        }

        function test_member_is_slashed_once_and_strangers_are_skipped() public {
            vm.assertEq(mc.queueSlash(listOf(1, 2), OFFENCE, REPORTER), 2);
            vm.assertEq(mc.queueSlash(listOf(2, 3), keccak256("another"), REPORTER), 1);
            vm.assertEq(mc.queueSlash(listOf(3, 999), OFFENCE, REPORTER), 0);
            vm.assertEq(mc.slashCount(), 2);
            vm.assertEq(mc.slashAt(1).amount, 1 ether);
            vm.expectRevert(abi.encodeWithSelector(IManagementContract.AlreadyLeft.selector, 1));
            mc.topUp{value: 1}(1);
        }

        function test_producer_loses_its_stake_and_its_turns() public {
            registerProducer(address(0xfeed), 78, 1, 3 ether);
            mc.queueSlash(listOf(9, 9), OFFENCE, REPORTER);
            vm.assertEq(mc.slashAt(0).amount, 2 ether);
            mine(config.epochBlocks);
            mc.freeze();
            vm.assertEq(mc.frozenTable().totalStake, 3 ether);
        }

        function test_no_epoch_without_a_producer() public {
            mc.queueSlash(listOf(9, 9), OFFENCE, REPORTER);
            mine(config.epochBlocks);
            uint64 boundary = mc.boundary();
            vm.expectRevert(
                abi.encodeWithSelector(IManagementContract.FreezeNotDue.selector, boundary)
            );
            mc.freeze();
        }

        function test_bridge_is_refilled_first() public {
            BridgeStub bridge = new BridgeStub();
            deployWithBridge(bridge);
            registerSeat(SEAT_SECRET, 0, 1 ether);
            registerSeat(SEAT_SECRET + 1, 1, 1 ether);
            registerSeat(SEAT_SECRET + 2, 2, 1 ether);
            mc.queueSlash(listOf(1, 2), OFFENCE, REPORTER);
            bridge.lack(1.8 ether);
            mine(config.appealWindow);
            mc.paySlash(0);
            vm.assertEq(address(bridge).balance, 1.8 ether);
            vm.assertEq(REPORTER.balance, 0.2 ether);

            mc.queueSlash(listOf(3, 3), OFFENCE, REPORTER);
            bridge.lack(0.1 ether);
            mine(config.appealWindow);
            mc.paySlash(1);
            vm.assertEq(address(bridge).balance, 1.9 ether);
            vm.assertEq(REPORTER.balance, 0.45 ether);
        }

        function test_reporter_that_takes_no_ether_goes_without() public {
            mc.queueSlash(listOf(1, 2), OFFENCE, address(sc));
            mine(config.appealWindow);
            uint256 burned = address(0).balance;
            mc.paySlash(0);
            vm.assertEq(address(0).balance - burned, 2 ether);
        }

        function test_ejected_seat_counts_until_the_next_freeze_and_then_as_absent() public {
            uint32 id = uint32(order[committeeOf(1, 0) * 4]);
            mc.queueSlash(listOf(id, id), OFFENCE, REPORTER);
            commitNext();
            vm.assertEq(sc.head().number, 1);

            mine(config.epochBlocks);
            mc.freeze();
            openEpoch();
            mine(2);
            (uint256 committee, uint256 position) = placeOf(id);
            uint64 number = committeeOf(2, 0) == committee ? 2 : 3;
            if (number == 3) {
                openCommittee(uint32(committeeOf(2, 0)));
                commitNext();
            }
            G1Point memory sum = openWithout(uint32(committee), position);
            Header memory header = makeHeader(payload);
            Turn memory turn = seal(header, payload, 0, 0);
            SignerChange memory change = changeOf(turn.packets[0].quorum);
            change.committees[0].key = sum;
            change.committees[0].ejected = new uint256[](1);
            change.committees[0].ejected[0] = 2 ** position;
            turn.packets[0].quorum.change = abi.encode(change);
            refuse(turn, abi.encodeWithSelector(IStateContract.SignerIsEjected.selector, position));
            turn.packets[0].quorum.signers[0] ^= 2 ** position;
            turn.signature = signStatus(digestOf(header), 1, secretsWithout(committee, position));
            commitOne(turn);
            vm.assertEq(sc.head().number, number);
        }

        function test_ejected_seat_costs_the_base_price() public {
            vm.prank(address(1));
            vm.assertEq(mc.priceOf(Role.Endorser, 0), 1.1 ether);
            mc.queueSlash(listOf(1, 1), OFFENCE, REPORTER);
            vm.prank(address(1));
            vm.assertEq(mc.priceOf(Role.Endorser, 0), 1 ether);
        }

        function test_operator_rotates_its_key_for_the_same_stake() public {
            mc.topUp{value: 0.5 ether}(1);
            vm.assertEq(mc.priceOf(Role.Endorser, 0), 1.5 ether);
            uint32 id = registerSeat(SEAT_SECRET + 500, 0, 1.5 ether);
            vm.assertEq(mc.memberOf(id).position, 0);
            // The old key stays slashable.
            vm.assertEq(mc.memberOf(1).stake, 1.5 ether);
            vm.assertEq(mc.memberOf(1).leftBlock, vm.getBlockNumber());
            vm.assertEq(mc.queueSlash(listOf(1, 1), OFFENCE, REPORTER), 1);
        }

        function test_invalid_packet_is_reset_with_what_follows_it() public {
            Header memory first = commitNext();
            Header memory second = makeHeader(payload);
            Turn memory turn = seal(second, payload, 0, 0);
            commitOne(turn);
            commitNext();
            vm.assertEq(sc.head().number, 3);

            bytes memory proof = proofOf(1, turn, second, 0.00375 ether);
            bytes memory words = abi.encode(second);
            bytes32 digest = digestOf(second);
            vm.expectRevert(abi.encodeWithSelector(ICommits.PacketNotInvalid.selector, digest));
            sc.reset(words, abi.encode(first), proof);
            isInvalid[digest] = true;
            vm.expectRevert(
                abi.encodeWithSelector(ICommits.WrongParent.selector, digestOf(first), digest)
            );
            sc.reset(words, words, proof);
            sc.reset(words, abi.encode(first), proof);
            Head memory head = sc.head();
            vm.assertEq(head.number, 1);
            vm.assertEq(head.turns, 1);
            Tip memory tip = Tip(digestOf(first), first.postStateRoot, second.baseFee);
            vm.assertEq(head.tipHash, Encoding.hashTip(tip));
            vm.assertEq(head.guardedNumber, 3);
            vm.assertEq(head.timestamp, first.timestamp);
            vm.assertEq(head.l1Number, first.l1Number);
            vm.expectRevert(abi.encodeWithSelector(ICommits.NotCommitted.selector, 2, digest));
            sc.reset(words, abi.encode(first), proof);
            commitNext();
            vm.assertEq(sc.head().number, 2);
        }

        function test_first_packet_is_reset_to_the_genesis() public {
            Head memory before = sc.head();
            Header memory header = makeHeader(payload);
            Turn memory turn = seal(header, payload, 0, 0);
            commitOne(turn);
            isInvalid[digestOf(header)] = true;
            sc.reset(abi.encode(header), "", proofOf(0, turn, header, 0.00375 ether));
            before.guardedNumber = 1;
            vm.assertEq(abi.encode(sc.head()), abi.encode(before));
        }

        function test_packet_is_final_after_the_window_unless_it_is_appealed() public {
            Header memory header = makeHeader(payload);
            Turn memory turn = seal(header, payload, 0, 0);
            commitOne(turn);
            isInvalid[digestOf(header)] = true;
            mine(config.appealWindow);
            bytes memory proof = proofOf(0, turn, header, 0.00375 ether);
            vm.assertEq(sc.commits().finalizedNumber(), 1);
            vm.expectRevert(abi.encodeWithSelector(ICommits.PacketIsFinal.selector, 1));
            sc.reset(abi.encode(header), "", proof);
            firstOpenAppeal = 1;
            vm.assertEq(sc.commits().finalizedNumber(), 0);
            sc.reset(abi.encode(header), "", proof);
            vm.assertEq(sc.head().number, 0);
        }

        function test_committed_packet_shows_its_signers() public {
            Header memory header = makeHeader(payload);
            Turn memory turn = seal(header, payload, 0, 1);
            commitOne(turn);
            uint256 committed = vm.getBlockNumber();
            mine(1);
            bytes memory proof = proofOf(0, turn, header, 0.00375 ether);
            ICommits commits = sc.commits();
            (uint64 l1Number, uint32[] memory signers) =
                commits.commitOf(1, digestOf(header), proof);
            vm.assertEq(l1Number, committed);
            vm.assertEq(signers.length, 3);
            for (uint256 i = 0; i < 3; ++i) {
                vm.assertEq(signers[i], order[committeeOf(1, 0) * 4 + 1 + i]);
            }
            vm.assertEq(commits.domain(), sc.domain());
            vm.expectRevert(
                abi.encodeWithSelector(ICommits.NotCommitted.selector, 1, bytes32(uint256(1)))
            );
            commits.commitOf(1, bytes32(uint256(1)), proof);
        }

        function listOf(uint32 first, uint32 second) private pure returns (uint32[] memory ids) {
            ids = new uint32[](first == second ? 1 : 2);
            ids[0] = first;
            ids[ids.length - 1] = second;
        }

        function placeOf(uint32 id) private view returns (uint256 committee, uint256 position) {
            for (uint256 i = 0; i < order.length; ++i) {
                if (order[i] == id) return (i / 4, i % 4);
            }
        }

        function openWithout(uint32 committee, uint256 position)
            private
            returns (G1Point memory sum)
        {
            G1Point[] memory keys = new G1Point[](4);
            for (uint256 i = 0; i < 4; ++i) {
                keys[i] = Signer.keyOf(secretAt(committee, i));
                if (i != position) BLS.addTo(sum, keys[i]);
            }
            mc.openCommittee(epoch, committee, membersOf(committee), keys);
        }

        function secretsWithout(uint256 committee, uint256 position)
            private
            view
            returns (uint256 secrets)
        {
            for (uint256 i = 0; i < 4; ++i) {
                if (i != position) secrets += secretAt(committee, i);
            }
        }

        function deployWithBridge(BridgeStub bridge) private {
            Config memory small = makeConfig(1, 4);
            bytes memory arguments = abi.encode(small, address(this), bridge);
            config = small;
            mc = IManagementContract(Artifacts.deploy("ManagementContract", arguments));
        }
    }
