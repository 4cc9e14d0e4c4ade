// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../src/interfaces/IBridge.sol";
import {ICommits} from "../src/interfaces/ICommits.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {InboxMessage} from "../src/types/Bridge.sol";
import {WithdrawalsProof} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {BridgeTest} from "./support/BridgeTest.sol";
import {vm} from "./support/Vm.sol";

/// @title A contract that sends messages
contract Sender {
    receive() external payable {}

    function send(IMessageInbox inbox, address target, uint64 gas)
        external
        payable
        returns (uint64)
    {
        return inbox.sendMessage{value: msg.value}(target, 0, gas, "", 0);
    }
}

/// @title The inbox: what messages cost, what packets may consume of them, and how long they are kept
contract InboxTest is BridgeTest {
    uint64 private constant LEAST_GAS = 21_000;
    uint256 private constant PRICE = 1 gwei;
    uint64 private constant RING_SIZE = 65_536;
    /// Storage of the inbox: the meter's word.
    bytes32 private constant METER_SLOT = 0;
    uint256 private constant COUNT_SHIFT = 168;

    uint64 private mostGas;
    uint64 private packetGas;
    uint64 private blockGas;

    function setUp() public {
        deployBridge();
        mostGas = config.gasLimit / 8;
        packetGas = config.gasLimit / 2;
        blockGas = config.gasLimit / 4;
        vm.deal(ALICE, 1_000_000 ether);
    }

    function test_hashes_are_those_of_the_vectors() public view {
        string memory json = vm.readFile("../tests/vectors/inbox_message.json");
        uint256 chainId = vm.parseJsonUint(json, ".l1_chain_id");
        bytes32 chained = 0;
        uint256 i = 0;
        for (; vm.keyExistsJson(json, field(i, "index")); ++i) {
            InboxMessage memory message = readMessage(json, i);
            bytes32 messageHash = Messages.hashMessage(chainId, uint64(i), message);
            vm.assertEq(messageHash, vm.parseJsonBytes32(json, field(i, "message_hash")));
            chained = Messages.extendChain(chained, messageHash);
            vm.assertEq(chained, vm.parseJsonBytes32(json, field(i, "inbox_hash")));
            vm.assertEq(
                inbox.leastGasOf(message.data), vm.parseJsonUint(json, field(i, "least_gas"))
            );
        }
        vm.assertTrue(i > 2);
        for (i = 0; vm.keyExistsJson(json, aliasField(i, "alias")); ++i) {
            address contract_ = vm.parseJsonAddress(json, aliasField(i, "contract"));
            address alias_ = vm.parseJsonAddress(json, aliasField(i, "alias"));
            vm.assertEq(Messages.aliasOf(contract_), alias_);
            vm.assertEq(Messages.unaliasOf(alias_), contract_);
        }
        vm.assertTrue(i > 1);
    }

    function test_a_deposit_is_owed_and_its_gas_is_kept() public {
        uint256 price = LEAST_GAS * PRICE;
        uint64 index = send(LEAST_GAS, 1 ether, "");
        vm.assertEq(index, 0);
        vm.assertEq(inbox.messageCount(), 1);
        vm.assertEq(bridge.owed(), GENESIS_FUNDS + 1 ether);
        vm.assertEq(address(bridge).balance, GENESIS_FUNDS + 1 ether + price);
        vm.assertEq(bridge.shortfall(), 0);
        InboxMessage memory message = InboxMessage(ALICE, BOB, 1 ether, 0, LEAST_GAS, "");
        vm.assertEq(inbox.senderOf(0, message), ALICE);
        bytes32 messageHash = Messages.hashMessage(block.chainid, 0, message);
        vm.assertEq(inbox.hashAfter(0, 1, here()), Messages.extendChain(0, messageHash));
    }

    function test_a_forced_call_moves_funds_of_the_l2() public {
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: LEAST_GAS * PRICE}(BOB, 5 ether, LEAST_GAS, "", 0);
        InboxMessage memory message = InboxMessage(ALICE, BOB, 0, 5 ether, LEAST_GAS, "");
        vm.assertEq(inbox.senderOf(0, message), ALICE);
        vm.assertEq(bridge.owed(), GENESIS_FUNDS);
    }

    function test_a_contract_sends_by_its_alias() public {
        Sender sender = new Sender();
        sender.send{value: 1 ether}(inbox, BOB, LEAST_GAS);
        uint96 mint = uint96(1 ether - LEAST_GAS * PRICE);
        address alias_ = Messages.aliasOf(address(sender));
        InboxMessage memory message = InboxMessage(alias_, BOB, mint, 0, LEAST_GAS, "");
        vm.assertEq(inbox.senderOf(0, message), address(sender));
        message.sender = address(sender);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.WrongMessage.selector, 0));
        inbox.senderOf(0, message);
    }

    function test_gas_is_from_the_floor_to_an_eighth_of_a_packet() public {
        bytes memory data = hex"0001000203";
        uint64 floor = LEAST_GAS + 10 * (2 + 4 * 3);
        refuseGas(floor - 1, data, floor);
        send(floor, 0, data);
        refuseGas(mostGas + 1, "", LEAST_GAS);
        send(mostGas, 0, "");
    }

    function test_a_block_sells_a_quarter_of_a_packet() public {
        send(mostGas, 0, "");
        send(blockGas - mostGas - LEAST_GAS, 0, "");
        send(LEAST_GAS, 0, "");
        vm.prank(ALICE, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMessageInbox.BlockIsFull.selector, blockGas, blockGas + LEAST_GAS
            )
        );
        inbox.sendMessage{value: 1 ether}(BOB, 0, LEAST_GAS, "", 0);
        mine(1);
        send(LEAST_GAS, 0, "");
    }

    function test_the_payment_covers_the_gas_and_the_least_mint() public {
        uint256 price = LEAST_GAS * PRICE;
        refusePayment(price - 1, 0, price);
        refusePayment(price + 1 ether - 1, 1 ether, price + 1 ether);
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: price + 1 ether}(BOB, 0, LEAST_GAS, "", 1 ether);
    }

    function test_the_price_follows_what_blocks_sell() public {
        uint256 price = PRICE;
        vm.assertEq(inbox.gasPrice(), price);
        for (uint256 i = 0; i < 5; ++i) {
            send(mostGas, 0, "");
            send(mostGas, 0, "");
            mine(1);
            price += price / 8;
            vm.assertEq(inbox.gasPrice(), price);
        }
        send(mostGas, 0, "");
        mine(1);
        vm.assertEq(inbox.gasPrice(), price);
        mine(1);
        price -= price / 8;
        vm.assertEq(inbox.gasPrice(), price);
        mine(1000);
        vm.assertEq(inbox.gasPrice(), PRICE);
    }

    function test_a_price_a_little_above_the_target_rises_all_the_same() public {
        send(mostGas, 0, "");
        send(LEAST_GAS, 0, "");
        mine(1);
        vm.assertTrue(inbox.gasPrice() > PRICE);
    }

    function test_a_packet_consumes_nothing_after_its_anchor() public {
        send(LEAST_GAS, 0, "");
        uint64 first = here();
        mine(1);
        send(LEAST_GAS, 0, "");
        inbox.hashAfter(0, 1, first);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageInbox.MessageAfterAnchor.selector, 1, first + 1, first)
        );
        inbox.hashAfter(0, 2, first);
        inbox.hashAfter(0, 2, first + 1);
    }

    function test_a_packet_consumes_what_was_sent_and_never_less_than_its_parent() public {
        send(LEAST_GAS, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.WrongInboxCount.selector, 0, 1, 2));
        inbox.hashAfter(0, 2, here());
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.WrongInboxCount.selector, 1, 1, 0));
        inbox.hashAfter(1, 0, here());
    }

    function test_a_message_is_due_after_the_delay() public {
        send(LEAST_GAS, 0, "");
        uint64 due = here() + config.forcedInclusionDelay;
        vm.assertEq(inbox.hashAfter(0, 0, due - 1), 0);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.MessageIsDue.selector, 0));
        inbox.hashAfter(0, 0, due);
        vm.assertTrue(inbox.hashAfter(0, 1, due) != 0);
    }

    function test_a_packet_takes_messages_up_to_half_its_gas() public {
        uint64 anchor = sendHalfAndMore();
        vm.assertTrue(inbox.hashAfter(0, 4, anchor) != 0);
        // One more does not fit, so it may be left out though it is due; one less may not.
        vm.expectRevert(
            abi.encodeWithSelector(
                IMessageInbox.MessageGasAboveLimit.selector, packetGas, packetGas + LEAST_GAS
            )
        );
        inbox.hashAfter(0, 5, anchor);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.MessageIsDue.selector, 3));
        inbox.hashAfter(0, 3, anchor);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.MessageIsDue.selector, 4));
        inbox.hashAfter(4, 4, anchor);
        inbox.hashAfter(4, 5, anchor);
    }

    /// Whatever is sent when, from every count a packet can go on, and it gets on if anything is due.
    function test_no_messages_make_a_packet_impossible(uint256 seed) public {
        uint256 blocks = 1 + seed % 12;
        for (uint256 i = 0; i < blocks; ++i) {
            uint256 left = blockGas;
            uint256 many = uint256(keccak256(abi.encode(seed, i))) % 5;
            for (uint256 j = 0; j < many && left >= LEAST_GAS; ++j) {
                uint256 gas = uint256(keccak256(abi.encode(seed, i, j))) % (mostGas + 1);
                if (gas < LEAST_GAS) gas = LEAST_GAS;
                if (gas > left) gas = left;
                left -= gas;
                send(uint64(gas), 0, "");
            }
            mine(1 + uint256(keccak256(abi.encode(seed, i, "gap"))) % 15);
        }
        uint64 sent = inbox.messageCount();
        uint64 anchor = here() - uint64(uint256(keccak256(abi.encode(seed, "anchor"))) % 30);
        for (uint64 parent = 0; parent <= sent; ++parent) {
            (uint64 count, uint256 choices) = findChoices(parent, sent, anchor);
            vm.assertTrue(choices > 0, "no count is accepted");
            bool isDue = parent < sent && sentBlock(parent) + config.forcedInclusionDelay <= anchor;
            if (isDue) vm.assertTrue(count > parent, "a due message can wait");
        }
    }

    function test_the_ring_goes_on_when_a_final_packet_frees_it() public {
        send(LEAST_GAS, 0, "");
        setCount(RING_SIZE - 2);
        send(LEAST_GAS, 0, "");
        vm.prank(ALICE, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageInbox.InboxIsFull.selector, 0, RING_SIZE - 1)
        );
        inbox.sendMessage{value: 1 ether}(BOB, 0, LEAST_GAS, "", 0);

        (bytes memory words, WithdrawalsProof memory proof) = commitPacket(1);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.NothingToRelease.selector, 1));
        inbox.release(words, proof);
        finalize();
        inbox.release(words, proof);
        vm.assertEq(inbox.releasedCount(), 1);
        send(LEAST_GAS, 0, "");
        vm.prank(ALICE, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.InboxIsFull.selector, 1, RING_SIZE));
        inbox.sendMessage{value: 1 ether}(BOB, 0, LEAST_GAS, "", 0);
    }

    function test_only_the_committed_packet_releases() public {
        send(LEAST_GAS, 0, "");
        (, WithdrawalsProof memory proof) = commitPacket(1);
        finalize();
        Header memory header;
        header.number = 1;
        header.inboxCount = 1;
        bytes memory words = abi.encode(header);
        words[31] = 0x01;
        vm.expectPartialRevert(IMessageInbox.WrongPacket.selector);
        inbox.release(words, proof);
        header.number = 2;
        vm.expectPartialRevert(ICommits.NotCommitted.selector);
        inbox.release(abi.encode(header), proof);
    }

    function test_a_stopped_network_takes_no_messages() public {
        chain.openEscape(keccak256("root"));
        vm.prank(ALICE, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.NetworkHasStopped.selector));
        inbox.sendMessage{value: 1 ether}(BOB, 0, LEAST_GAS, "", 0);
    }

    function test_only_the_inbox_deposits() public {
        vm.expectRevert(abi.encodeWithSelector(IBridge.NotInbox.selector, address(this)));
        bridge.deposit{value: 1 ether}(1 ether);
    }

    function test_gas_of_a_message() public {
        fillMeter();
        send(LEAST_GAS, 1 ether, "");
        vm.snapshotGasLastCall("bridge", "send_message_first_lap");
        setCount(RING_SIZE - 2);
        send(LEAST_GAS, 1 ether, "");
        (bytes memory words, WithdrawalsProof memory proof) = commitPacket(4);
        finalize();
        inbox.release(words, proof);
        send(LEAST_GAS, 1 ether, "");
        vm.snapshotGasLastCall("bridge", "send_message_later_lap");
    }

    function fillMeter() private {
        for (uint256 i = 0; i < 4; ++i) {
            send(LEAST_GAS, 0, "");
        }
    }

    function send(uint64 gas, uint256 mint, bytes memory data) private returns (uint64) {
        uint256 payment = uint256(inbox.gasPrice()) * gas + mint;
        vm.prank(ALICE, ALICE);
        return inbox.sendMessage{value: payment}(BOB, 0, gas, data, mint);
    }

    /// Sends messages of half a packet's gas and one more, and returns an anchor at which all are due.
    function sendHalfAndMore() private returns (uint64) {
        for (uint256 i = 0; i < 4; ++i) {
            send(mostGas, 0, "");
            mine(1);
        }
        send(LEAST_GAS, 0, "");
        return here() + config.forcedInclusionDelay;
    }

    function refuseGas(uint64 gas, bytes memory data, uint64 floor) private {
        vm.prank(ALICE, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageInbox.GasOutOfRange.selector, floor, mostGas, gas)
        );
        inbox.sendMessage{value: 1 ether}(BOB, 0, gas, data, 0);
    }

    function refusePayment(uint256 payment, uint256 leastMint, uint256 required) private {
        vm.prank(ALICE, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageInbox.PaymentTooLow.selector, required, payment)
        );
        inbox.sendMessage{value: payment}(BOB, 0, LEAST_GAS, "", leastMint);
    }

    /// The greatest count that is accepted, and how many are.
    function findChoices(uint64 parent, uint64 sent, uint64 anchor)
        private
        view
        returns (uint64 greatest, uint256 choices)
    {
        // A parent's own messages are not after its anchor, nor so after its child's.
        if (parent > 0 && sentBlock(parent - 1) > anchor) return (parent + 1, 1);
        for (uint64 count = parent; count <= sent; ++count) {
            try inbox.hashAfter(parent, count, anchor) returns (bytes32) {
                greatest = count;
                ++choices;
            } catch {}
        }
    }

    function sentBlock(uint64 index) private view returns (uint64 number) {
        (number,) = inbox.sentAt(index);
    }

    /// Makes `count` the messages that were sent.
    function setCount(uint64 count) private {
        uint256 word = uint256(vm.load(address(inbox), METER_SLOT));
        word &= ~(uint256(type(uint40).max) << COUNT_SHIFT);
        vm.store(address(inbox), METER_SLOT, bytes32(word | (uint256(count) << COUNT_SHIFT)));
        vm.assertEq(inbox.messageCount(), count);
    }

    /// Commits a packet after which `count` messages are consumed.
    function commitPacket(uint64 count)
        private
        returns (bytes memory words, WithdrawalsProof memory proof)
    {
        proof.index = 0;
        Header memory header;
        header.number = 1;
        header.inboxCount = count;
        words = abi.encode(header);
        bytes32 digest = keccak256(abi.encodePacked(chain.domain(), words));
        chain.commit(IMessageInbox(address(0)), digest, 0, count, 0);
    }

    function here() private view returns (uint64) {
        return uint64(vm.getBlockNumber());
    }

    function readMessage(string memory json, uint256 i)
        private
        pure
        returns (InboxMessage memory message)
    {
        message.sender = vm.parseJsonAddress(json, field(i, "sender"));
        message.target = vm.parseJsonAddress(json, field(i, "target"));
        message.mint = uint96(vm.parseJsonUint(json, field(i, "mint")));
        message.value = vm.parseJsonUint(json, field(i, "value"));
        message.gas = uint64(vm.parseJsonUint(json, field(i, "gas")));
        message.data = vm.parseJsonBytes(json, field(i, "data"));
    }

    function field(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".valid[", vm.toString(i), "].", name);
    }

    function aliasField(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".aliases[", vm.toString(i), "].", name);
    }
}
