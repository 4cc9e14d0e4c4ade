// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../src/interfaces/IBridge.sol";
import {ICommits} from "../src/interfaces/ICommits.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {Nullifiers} from "../src/libraries/Nullifiers.sol";
import {FastPayout, MessageProof, Withdrawal} from "../src/types/Bridge.sol";
import {WithdrawalsProof} from "../src/types/Commit.sol";
import {FickleTarget, Greedy, Reentrant} from "./support/BridgeReceivers.sol";
import {BridgeTest} from "./support/BridgeTest.sol";
import {vm} from "./support/Vm.sol";

/// @title The doors of the bridge
contract BridgeDoorsTest is BridgeTest {
    uint256 private constant PRICE = 1 gwei;
    /// A quarter of a quorum's stake: three seats of one ether.
    uint256 private constant CAP = 0.75 ether;
    uint64 private constant NO_APPEAL = type(uint64).max;

    function setUp() public {
        deployBridge();
    }

    function test_hashes_are_those_of_the_vectors() public view {
        string memory json = vm.readFile("../tests/vectors/withdrawal.json");
        uint256 chainId = vm.parseJsonUint(json, ".l2_chain_id");
        uint256 i = 0;
        for (; vm.keyExistsJson(json, field(i, "nonce")); ++i) {
            Withdrawal memory withdrawal = readWithdrawal(json, i);
            bytes32 found = Messages.hashWithdrawal(chainId, withdrawal);
            vm.assertEq(found, vm.parseJsonBytes32(json, field(i, "withdrawal_hash")));
            bytes memory item = abi.encodePacked(
                withdrawal.nonce,
                uint32(vm.parseJsonUint(json, field(i, "position"))),
                uint32(vm.parseJsonUint(json, field(i, "log"))),
                found
            );
            vm.assertEq(item, vm.parseJsonBytes(json, field(i, "item")));
        }
        vm.assertTrue(i > 2);
    }

    function test_the_genesis_is_funded_before_anything_else() public view {
        vm.assertEq(bridge.owed(), GENESIS_FUNDS);
        vm.assertEq(address(bridge).balance, GENESIS_FUNDS);
        vm.assertEq(bridge.shortfall(), 0);
    }

    function test_the_fast_door_pays_at_commit() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 0.5 ether);
        MessageProof memory proof = commitWith(withdrawal);
        bridge.withdrawFast(withdrawal, proof, 0);
        vm.assertEq(BOB.balance, 0.5 ether);
        vm.assertEq(bridge.owed(), GENESIS_FUNDS - 0.5 ether);
        vm.assertEq(bridge.fastDoorRoom(), 0.25 ether / PRICE);
        vm.assertTrue(bridge.isPaid(3));
        vm.assertFalse(bridge.isPaid(4));
    }

    function test_the_slow_door_pays_what_is_final() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 5 ether);
        MessageProof memory proof = commitWith(withdrawal);
        vm.expectRevert(abi.encodeWithSelector(IBridge.PacketNotFinal.selector, proof.number));
        bridge.withdraw(withdrawal, proof);
        finalize();
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(BOB.balance, 5 ether);
    }

    function test_every_place_of_a_packet_can_be_shown() public {
        for (uint64 count = 1; count < 7; ++count) {
            Withdrawal[] memory many = new Withdrawal[](count);
            for (uint64 i = 0; i < count; ++i) {
                many[i] = makePayment(100 * count + i, BOB, 1 gwei);
            }
            for (uint64 i = 0; i < count; ++i) {
                MessageProof memory proof = commitWith(many, i);
                bridge.withdrawFast(many[i], proof, 100 * count + i);
            }
        }
        vm.assertEq(BOB.balance, 21 gwei);
    }

    function test_a_message_is_paid_once_through_any_pair_of_doors() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 0.1 ether);
        MessageProof memory proof = commitWith(withdrawal);
        bridge.withdrawFast(withdrawal, proof, 0);
        refusePaid(abi.encodeCall(IBridge.withdrawFast, (withdrawal, proof, 1)));
        finalize();
        refusePaid(abi.encodeCall(IBridge.withdraw, (withdrawal, proof)));

        withdrawal.nonce = 4;
        proof = commitWith(withdrawal);
        finalize();
        bridge.withdraw(withdrawal, proof);
        refusePaid(abi.encodeCall(IBridge.withdraw, (withdrawal, proof)));
        refusePaid(abi.encodeCall(IBridge.withdrawFast, (withdrawal, proof, 1)));
        vm.assertEq(BOB.balance, 0.2 ether);
    }

    function test_nothing_of_a_message_or_its_place_can_be_changed() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 0.1 ether);
        MessageProof memory proof = commitWith(withdrawal);
        withdrawal.value += 1;
        refuseMessage(withdrawal, proof);
        withdrawal.value -= 1;
        withdrawal.nonce += 1;
        refuseMessage(withdrawal, proof);
        withdrawal.nonce -= 1;
        withdrawal.target = ALICE;
        refuseMessage(withdrawal, proof);
        withdrawal.target = BOB;
        withdrawal.sender = BOB;
        refuseMessage(withdrawal, proof);
        withdrawal.sender = ALICE;
        withdrawal.gas += 1;
        refuseMessage(withdrawal, proof);
        withdrawal.gas -= 1;
        proof.log += 1;
        refuseMessage(withdrawal, proof);
        proof.log -= 1;
        proof.position += 1;
        refuseMessage(withdrawal, proof);
        proof.position -= 1;
        proof.number += 1;
        vm.expectPartialRevert(ICommits.NotCommitted.selector);
        bridge.withdrawFast(withdrawal, proof, 0);
        proof.number -= 1;
        bridge.withdrawFast(withdrawal, proof, 0);
    }

    function test_the_fast_door_is_for_plain_payments() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 0.1 ether);
        withdrawal.data = hex"00";
        MessageProof memory proof = commitWith(withdrawal);
        vm.expectRevert(abi.encodeWithSelector(IBridge.OnlyPlainPayments.selector));
        bridge.withdrawFast(withdrawal, proof, 0);
    }

    function test_an_appeal_shuts_the_fast_door() public {
        Withdrawal memory withdrawal = makePayment(3, BOB, 0.1 ether);
        MessageProof memory proof = commitWith(withdrawal);
        chain.setAppeal(7);
        vm.expectRevert(abi.encodeWithSelector(IBridge.AppealIsOpen.selector, 7));
        bridge.withdrawFast(withdrawal, proof, 0);
        chain.setAppeal(NO_APPEAL);
        bridge.withdrawFast(withdrawal, proof, 0);
    }

    function test_the_cap_counts_every_payout_of_a_window() public {
        vm.roll(400);
        payFast(1, 0.5 ether, 1);
        mine(3);
        payFast(2, 0.25 ether, 2);
        refuseFast(3, 1, CAP / PRICE, CAP / PRICE + 1);
        // The next window still counts the one before.
        mine(1);
        refuseFast(3, 1, CAP / PRICE, CAP / PRICE + 1);
        mine(4);
        payFast(3, CAP, 3);
        refuseFast(4, 1, CAP / PRICE, CAP / PRICE + 1);
        mine(8);
        vm.assertEq(bridge.fastDoorRoom(), CAP / PRICE);
    }

    function test_the_kept_payouts_are_not_written_over_before_the_evidence_window() public {
        payFast(1, 0.01 ether, 5);
        uint64 freeBlock = uint64(vm.getBlockNumber() + config.evidenceWindow);
        vm.assertEq(bridge.fastSlotFreeFrom(5), freeBlock);
        Withdrawal memory withdrawal = makePayment(2, BOB, 0.01 ether);
        MessageProof memory proof = commitWith(withdrawal);
        mine(config.evidenceWindow - 1);
        vm.expectRevert(abi.encodeWithSelector(IBridge.SlotInUse.selector, 5, freeBlock));
        bridge.withdrawFast(withdrawal, proof, 5);
        mine(1);
        bridge.withdrawFast(withdrawal, proof, 5);
    }

    function test_a_payout_of_a_reset_packet_is_reclaimed_and_refilled() public {
        Withdrawal memory bad = makePayment(9, ALICE, 0.7 ether);
        MessageProof memory proof = commitWith(bad);
        (bytes32 digest,) = chain.withdrawalsRootOf(proof.number, proof.packet);
        bridge.withdrawFast(bad, proof, 2);
        FastPayout memory payout = FastPayout(9, proof.number, digest, 0.7 ether);
        vm.expectRevert(
            abi.encodeWithSelector(IBridge.PacketIsCommitted.selector, proof.number, digest)
        );
        bridge.reclaim(2, payout, proof.packet);

        chain.reset(proof.number);
        payout.amount += 1;
        vm.expectRevert(abi.encodeWithSelector(IBridge.WrongPayout.selector, 2));
        bridge.reclaim(2, payout, proof.packet);
        payout.amount -= 1;
        bridge.reclaim(2, payout, proof.packet);
        vm.assertFalse(bridge.isPaid(9));
        vm.assertEq(bridge.shortfall(), 0.7 ether);
        vm.expectRevert(abi.encodeWithSelector(IBridge.WrongPayout.selector, 2));
        bridge.reclaim(2, payout, proof.packet);

        bridge.refill{value: 0.3 ether}();
        vm.assertEq(bridge.shortfall(), 0.4 ether);
        bridge.refill{value: 0.4 ether}();
        vm.assertEq(bridge.shortfall(), 0);
        // The nonce's true message is paid.
        Withdrawal memory good = makePayment(9, BOB, 10 ether);
        proof = commitWith(good);
        finalize();
        bridge.withdraw(good, proof);
        vm.assertEq(BOB.balance, 10 ether);
    }

    function test_a_payout_is_reclaimed_when_another_packet_has_the_number() public {
        Withdrawal memory bad = makePayment(9, ALICE, 0.7 ether);
        MessageProof memory proof = commitWith(bad);
        (bytes32 digest,) = chain.withdrawalsRootOf(proof.number, proof.packet);
        bridge.withdrawFast(bad, proof, 2);
        chain.reset(proof.number);
        mine(1);
        MessageProof memory other = commitWith(makePayment(9, BOB, 1 ether));
        vm.assertEq(other.number, proof.number);
        bridge.reclaim(2, FastPayout(9, proof.number, digest, 0.7 ether), other.packet);
        vm.assertFalse(bridge.isPaid(9));
    }

    function test_a_target_sees_the_sender_and_exactly_its_gas() public {
        FickleTarget target = new FickleTarget(bridge);
        target.open();
        Withdrawal memory withdrawal =
            Withdrawal(1, ALICE, address(target), 1 ether, 200_000, hex"0102030405");
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(target.seenSender(), ALICE);
        vm.assertEq(target.seenData(), hex"0102030405");
        vm.assertEq(address(target).balance, 1 ether);
        // The stipend of a payment comes on top; what reaches the first line is a little less.
        vm.assertTrue(target.seenGas() > 200_000 && target.seenGas() < 202_300);
        vm.assertEq(bridge.l2Sender(), address(0));
    }

    function test_a_refused_payment_can_be_tried_again_and_is_paid_once() public {
        FickleTarget target = new FickleTarget(bridge);
        Withdrawal memory withdrawal =
            Withdrawal(1, ALICE, address(target), 1 ether, 200_000, hex"01");
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IBridge.CallFailed.selector, address(target)));
            bridge.withdraw(withdrawal, proof);
            vm.assertFalse(bridge.isPaid(1));
            vm.assertEq(bridge.owed(), GENESIS_FUNDS);
        }
        target.open();
        bridge.withdraw(withdrawal, proof);
        refusePaid(abi.encodeCall(IBridge.withdraw, (withdrawal, proof)));
        vm.assertEq(address(target).balance, 1 ether);
    }

    function test_a_call_is_not_made_with_less_gas() public {
        FickleTarget target = new FickleTarget(bridge);
        target.open();
        Withdrawal memory withdrawal = Withdrawal(1, ALICE, address(target), 0, 1_000_000, hex"01");
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        (bool success, bytes memory answer) = address(bridge).call{gas: 1_050_000}(
            abi.encodeCall(IBridge.withdraw, (withdrawal, proof))
        );
        vm.assertFalse(success);
        vm.assertEq(bytes32(bytes4(answer)), bytes32(IBridge.TooLittleGas.selector));
        bridge.withdraw(withdrawal, proof);
    }

    function test_a_greedy_target_takes_no_more_than_its_gas() public {
        for (uint64 i = 0; i < 2; ++i) {
            Greedy target = new Greedy(i == 0);
            Withdrawal memory withdrawal =
                Withdrawal(i, ALICE, address(target), 0, 100_000, hex"01");
            MessageProof memory proof = commitWith(withdrawal);
            finalize();
            uint256 before = gasleft();
            try bridge.withdraw(withdrawal, proof) {
                vm.assertTrue(i == 0);
            } catch {
                vm.assertTrue(i == 1);
            }
            vm.assertLe(before - gasleft(), 400_000);
        }
    }

    function test_no_payment_is_made_out_of_a_payment() public {
        Reentrant target = new Reentrant(bridge);
        Withdrawal[] memory many = new Withdrawal[](2);
        many[0] = Withdrawal(1, ALICE, address(target), 0.1 ether, 1_000_000, "");
        many[1] = Withdrawal(2, ALICE, address(target), 0.1 ether, 1_000_000, "");
        MessageProof memory first = commitWith(many, 0);
        (MessageProof memory second,) = proveMessage(many, 1);
        second.number = first.number;
        target.prepare(abi.encodeCall(IBridge.withdrawFast, (many[0], first, 0)));
        bridge.withdrawFast(many[0], first, 1);
        bytes32 refusal = bytes32(IBridge.PaymentInProgress.selector);
        vm.assertEq(bytes32(target.refusal()), refusal);

        finalize();
        target.prepare(abi.encodeCall(IBridge.withdraw, (many[0], first)));
        bridge.withdraw(many[1], second);
        vm.assertEq(bytes32(target.refusal()), refusal);
        vm.assertEq(address(target).balance, 0.2 ether);
    }

    function test_the_bridge_does_not_call_itself() public {
        Withdrawal memory withdrawal =
            Withdrawal(1, ALICE, address(bridge), 1 ether, 100_000, abi.encodeWithSignature("x()"));
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        vm.expectRevert(abi.encodeWithSelector(IBridge.ForbiddenTarget.selector, address(bridge)));
        bridge.withdraw(withdrawal, proof);
    }

    function test_no_more_is_paid_than_was_deposited() public {
        bridge.refill{value: 100 ether}();
        Withdrawal memory withdrawal = makePayment(1, BOB, GENESIS_FUNDS + 1);
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        vm.expectRevert(
            abi.encodeWithSelector(IBridge.MoreThanOwed.selector, GENESIS_FUNDS, GENESIS_FUNDS + 1)
        );
        bridge.withdraw(withdrawal, proof);
        withdrawal = makePayment(1, BOB, GENESIS_FUNDS);
        proof = commitWith(withdrawal);
        finalize();
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(bridge.owed(), 0);
    }

    function test_gas_of_withdrawals() public {
        vm.deal(BOB, 1 ether);
        measureFast(0, "withdraw_fast_first_of_256_new_slot");
        Withdrawal[] memory many = new Withdrawal[](32);
        for (uint64 i = 0; i < 32; ++i) {
            many[i] = makePayment(300 + i, BOB, 1 gwei);
        }
        MessageProof memory proof = commitWith(many, 9);
        bridge.withdrawFast(many[0], commitWith(many, 0), 9);
        mine(config.evidenceWindow);
        vm.prank(BOB, BOB);
        bridge.withdrawFast(many[9], proof, 9);
        vm.snapshotGasLastCall("bridge", "withdraw_fast_of_32_messages");
        many[10].data = new bytes(0);
        proof = commitWith(many, 10);
        finalize();
        vm.prank(BOB, BOB);
        bridge.withdraw(many[10], proof);
        vm.snapshotGasLastCall("bridge", "withdraw_of_32_messages");
    }

    function measureFast(uint64 nonce, string memory name) private {
        Withdrawal memory withdrawal = makePayment(nonce, BOB, 1 gwei);
        MessageProof memory proof = commitWith(withdrawal);
        vm.prank(BOB, BOB);
        bridge.withdrawFast(withdrawal, proof, nonce);
        vm.snapshotGasLastCall("bridge", name);
    }

    function payFast(uint64 nonce, uint256 value, uint256 slot) private {
        Withdrawal memory withdrawal = makePayment(nonce, BOB, value);
        bridge.withdrawFast(withdrawal, commitWith(withdrawal), slot);
    }

    function refuseFast(uint64 nonce, uint256 value, uint256 cap, uint256 asked) private {
        Withdrawal memory withdrawal = makePayment(nonce, BOB, value);
        MessageProof memory proof = commitWith(withdrawal);
        vm.expectRevert(abi.encodeWithSelector(IBridge.FastDoorCapReached.selector, cap, asked));
        bridge.withdrawFast(withdrawal, proof, 99);
    }

    function refuseMessage(Withdrawal memory withdrawal, MessageProof memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IBridge.MessageNotInPacket.selector, proof.number));
        bridge.withdrawFast(withdrawal, proof, 0);
    }

    function refusePaid(bytes memory data) private {
        (bool success, bytes memory answer) = address(bridge).call(data);
        vm.assertFalse(success);
        vm.assertEq(answer, abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
    }

    function readWithdrawal(string memory json, uint256 i)
        private
        pure
        returns (Withdrawal memory withdrawal)
    {
        withdrawal.nonce = uint64(vm.parseJsonUint(json, field(i, "nonce")));
        withdrawal.sender = vm.parseJsonAddress(json, field(i, "sender"));
        withdrawal.target = vm.parseJsonAddress(json, field(i, "target"));
        withdrawal.value = vm.parseJsonUint(json, field(i, "value"));
        withdrawal.gas = uint64(vm.parseJsonUint(json, field(i, "gas")));
        withdrawal.data = vm.parseJsonBytes(json, field(i, "data"));
    }

    function field(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".valid[", vm.toString(i), "].", name);
    }
}
