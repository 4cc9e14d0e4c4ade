// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../src/interfaces/IBridge.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {ExitProofs} from "../src/libraries/ExitProofs.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {Nullifiers} from "../src/libraries/Nullifiers.sol";
import {VerkleVerifier} from "../src/libraries/VerkleVerifier.sol";
import {AccountProof, InboxMessage, MessageProof, Withdrawal} from "../src/types/Bridge.sol";
import {WithdrawalsProof} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {StemProof} from "../src/types/Verkle.sol";
import {BridgeTest} from "./support/BridgeTest.sol";
import {vm} from "./support/Vm.sol";

/// @title Exits by the state, on the project's vectors
contract EscapeTest is BridgeTest {
    address private constant CONTRACT = 0xC0DE000000000000000000000000000000000003;
    address private constant DELEGATED = 0xDE1e000000000000000000000000000000000004;
    address private constant L1_CONTRACT = 0x11c0000000000000000000000000000000000005;
    bytes private constant CODE = hex"5f5ff3";
    uint256 private constant INITIAL_FUNDS = 100 ether;

    /// Places of the accounts in the vectors.
    uint256 private constant ALICE_AT = 0;
    uint256 private constant BOB_AT = 1;
    uint256 private constant CONTRACT_AT = 2;
    uint256 private constant DELEGATED_AT = 3;
    uint256 private constant ALIAS_AT = 4;
    uint256 private constant OUTBOX_AT = 5;
    uint256 private constant STRANGER_AT = 6;

    /// Storage of the bridge: the set of what was paid.
    uint256 private constant PAID_SLOT = 1;

    string private json;
    bytes32 private root;

    function setUp() public {
        deployBridge();
        json = vm.readFile("../tests/vectors/escape.json");
        root = vm.parseJsonBytes32(json, ".root");
        vm.assertEq(vm.parseJsonUint(json, ".l2_chain_id"), config.l2ChainId);
        vm.deal(ALICE, INITIAL_FUNDS);
        // Room for every payment of the tests.
        sendMessage(90 ether);
        chain.commit(inbox, keccak256("packet"), 0, 1, uint64(vm.getBlockNumber()));
    }

    function test_an_account_is_paid_its_balance_once() public {
        AccountProof memory account = readAccount(ALICE_AT);
        vm.expectRevert(abi.encodeWithSelector(IBridge.EscapeNotOpen.selector));
        bridge.escapeAccount(account);
        chain.openEscape(root);
        uint256 before = ALICE.balance;
        bridge.escapeAccount(account);
        vm.assertEq(ALICE.balance, before + 5 ether);
        (bytes32 found, uint64 count) = bridge.escapeState();
        vm.assertEq(found, root);
        vm.assertEq(count, 1);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.escapeAccount(account);
        bridge.escapeAccount(readAccount(BOB_AT));
        vm.assertEq(BOB.balance, 2 ether);
    }

    function test_another_balance_root_or_account_is_refused() public {
        chain.openEscape(root);
        AccountProof memory account = readAccount(ALICE_AT);
        account.basicData = bytes32(uint256(account.basicData) + 1);
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        bridge.escapeAccount(account);
        account = readAccount(ALICE_AT);
        account.account = BOB;
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        bridge.escapeAccount(account);
        account = readAccount(CONTRACT_AT);
        account.codeHash = 0;
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        bridge.escapeAccount(account);
    }

    function test_another_root_is_refused() public {
        chain.openEscape(root ^ bytes32(uint256(1)));
        vm.expectPartialRevert(VerkleVerifier.WrongRootNode.selector);
        bridge.escapeAccount(readAccount(ALICE_AT));
    }

    function test_an_account_that_has_nothing_is_paid_nothing() public {
        chain.openEscape(root);
        vm.expectRevert(abi.encodeWithSelector(IBridge.NothingToPay.selector));
        bridge.escapeAccount(readAccount(STRANGER_AT));
    }

    function test_a_contract_is_paid_where_its_code_is() public {
        chain.openEscape(root);
        AccountProof memory account = readAccount(CONTRACT_AT);
        vm.expectRevert(abi.encodeWithSelector(ExitProofs.NotTheSameCode.selector, CONTRACT));
        bridge.escapeAccount(account);
        vm.etch(CONTRACT, hex"5f5ffd");
        vm.expectRevert(abi.encodeWithSelector(ExitProofs.NotTheSameCode.selector, CONTRACT));
        bridge.escapeAccount(account);
        // A contract is no delegation, whatever is said of it.
        account.delegate = ALICE;
        vm.expectRevert(abi.encodeWithSelector(ExitProofs.NotTheSameCode.selector, CONTRACT));
        bridge.escapeAccount(account);
        vm.etch(CONTRACT, CODE);
        bridge.escapeAccount(account);
        vm.assertEq(CONTRACT.balance, 3 ether);
    }

    function test_a_delegated_account_is_its_keys() public {
        chain.openEscape(root);
        AccountProof memory account = readAccount(DELEGATED_AT);
        account.delegate = ALICE;
        vm.expectRevert(abi.encodeWithSelector(ExitProofs.NotTheSameCode.selector, DELEGATED));
        bridge.escapeAccount(account);
        bridge.escapeAccount(readAccount(DELEGATED_AT));
        vm.assertEq(DELEGATED.balance, 1 ether);
    }

    function test_what_an_alias_has_is_its_contracts() public {
        chain.openEscape(root);
        vm.etch(L1_CONTRACT, hex"00");
        bridge.escapeAccount(readAccount(ALIAS_AT));
        vm.assertEq(L1_CONTRACT.balance, 4 ether);
        vm.assertEq(Messages.aliasOf(L1_CONTRACT).balance, 0);
    }

    function test_the_outbox_is_not_paid_its_own_balance() public {
        chain.openEscape(root);
        AccountProof memory account = readAccount(OUTBOX_AT);
        vm.assertEq(account.account, Messages.OUTBOX);
        vm.etch(Messages.OUTBOX, hex"01");
        vm.expectRevert(abi.encodeWithSelector(IBridge.ForbiddenTarget.selector, Messages.OUTBOX));
        bridge.escapeAccount(account);
    }

    function test_a_message_of_the_outbox_is_paid_by_the_last_state() public {
        Withdrawal memory withdrawal = Withdrawal(0, ALICE, ALICE, 2 ether, 30_000, "");
        vm.expectRevert(abi.encodeWithSelector(IBridge.EscapeNotOpen.selector));
        bridge.escapeWithdrawal(withdrawal, readProof(".withdrawals[0]"));
        chain.openEscape(root);
        uint256 before = ALICE.balance;
        bridge.escapeWithdrawal(withdrawal, readProof(".withdrawals[0]"));
        vm.assertEq(ALICE.balance, before + 2 ether);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.escapeWithdrawal(withdrawal, readProof(".withdrawals[0]"));
    }

    function test_a_message_that_was_not_sent_is_not_paid() public {
        chain.openEscape(root);
        address stranger = readAccount(STRANGER_AT).account;
        Withdrawal memory unsent = Withdrawal(7, stranger, stranger, 9 ether, 30_000, "");
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        bridge.escapeWithdrawal(unsent, readProof(".withdrawals[2]"));
    }

    function test_a_message_paid_before_is_not_paid_by_the_escape() public {
        Withdrawal memory withdrawal = Withdrawal(0, ALICE, ALICE, 2 ether, 30_000, "");
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        bridge.withdraw(withdrawal, proof);
        chain.openEscape(root);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.escapeWithdrawal(withdrawal, readProof(".withdrawals[0]"));
    }

    function test_an_old_message_is_paid_by_the_state_after_a_final_packet() public {
        Withdrawal memory withdrawal = Withdrawal(0, ALICE, ALICE, 2 ether, 30_000, "");
        StemProof memory proof = readProof(".withdrawals[0]");
        (bytes memory words, WithdrawalsProof memory packet) = commitState();
        vm.expectRevert(abi.encodeWithSelector(IBridge.PacketNotFinal.selector, 2));
        bridge.withdrawByState(withdrawal, words, packet, proof);
        finalize();
        words[0x1ff] ^= 0x01;
        vm.expectPartialRevert(IBridge.WrongPacket.selector);
        bridge.withdrawByState(withdrawal, words, packet, proof);
        words[0x1ff] ^= 0x01;
        uint256 before = ALICE.balance;
        bridge.withdrawByState(withdrawal, words, packet, proof);
        vm.assertEq(ALICE.balance, before + 2 ether);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.withdrawByState(withdrawal, words, packet, proof);
        chain.openEscape(root);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.escapeWithdrawal(withdrawal, proof);
    }

    function test_a_message_with_data_is_called_by_the_escape() public {
        chain.openEscape(root);
        Withdrawal memory withdrawal =
            Withdrawal(1, BOB, L1_CONTRACT, 1 ether, 100_000, hex"0102030468656c6c6f");
        bridge.escapeWithdrawal(withdrawal, readProof(".withdrawals[1]"));
        vm.assertEq(L1_CONTRACT.balance, 1 ether);
    }

    function test_a_message_that_no_packet_consumed_is_paid_back() public {
        sendMessage(3 ether);
        InboxMessage memory consumed = InboxMessage(ALICE, BOB, 90 ether, 0, 21_000, "");
        InboxMessage memory message = InboxMessage(ALICE, BOB, 3 ether, 0, 21_000, "");
        vm.expectRevert(abi.encodeWithSelector(IBridge.EscapeNotOpen.selector));
        bridge.escapeMessage(1, message);
        chain.openEscape(root);
        vm.expectRevert(abi.encodeWithSelector(IBridge.MessageConsumed.selector, 0));
        bridge.escapeMessage(0, consumed);
        message.mint += 1;
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.WrongMessage.selector, 1));
        bridge.escapeMessage(1, message);
        message.mint -= 1;
        uint256 before = ALICE.balance;
        bridge.escapeMessage(1, message);
        vm.assertEq(ALICE.balance, before + 3 ether);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.escapeMessage(1, message);
        vm.expectRevert(abi.encodeWithSelector(IMessageInbox.WrongMessage.selector, 2));
        bridge.escapeMessage(2, message);
    }

    function test_gas_of_the_escape() public {
        chain.openEscape(root);
        bridge.escapeAccount(readAccount(BOB_AT));
        AccountProof memory account = readAccount(ALICE_AT);
        vm.assertEq(account.proof.finding & 0x1f, 3);
        uint256 snapshot = vm.snapshotState();
        vm.prank(ALICE, ALICE);
        bridge.escapeAccount(account);
        vm.snapshotGasLastCall("bridge", "escape_at_depth_3_first_of_256_new_slot");
        vm.revertToState(snapshot);
        // A neighbour of the same inner node was paid before.
        fillWord(account);
        vm.prank(ALICE, ALICE);
        bridge.escapeAccount(account);
        vm.snapshotGasLastCall("bridge", "escape_at_depth_3");
    }

    /// Notes the payment of another stem of the same inner node.
    function fillWord(AccountProof memory account) private {
        bytes31 stem = bytes31(keccak256(abi.encode(account.account, 0)));
        uint256 word = (2 << 253) | (3 << 240) | (uint256(bytes32(stem)) >> 240);
        bytes32 slot = keccak256(abi.encode(word, PAID_SLOT));
        vm.assertEq(vm.load(address(bridge), slot), 0);
        uint256 other = uint8(stem[2]) ^ 1;
        vm.store(address(bridge), slot, bytes32(uint256(1) << other));
    }

    function sendMessage(uint256 mint) private {
        uint256 payment = mint + 21_000 * uint256(inbox.gasPrice());
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: payment}(BOB, 0, 21_000, "", mint);
    }

    /// Commits a packet after which the state is that of the vectors.
    function commitState() private returns (bytes memory words, WithdrawalsProof memory proof) {
        proof.index = 0;
        Header memory header;
        header.number = 2;
        header.postStateRoot = root;
        words = abi.encode(header);
        bytes32 digest = keccak256(abi.encodePacked(chain.domain(), words));
        chain.commit(IMessageInbox(address(0)), digest, 0, 1, 0);
    }

    function readAccount(uint256 i) private view returns (AccountProof memory) {
        string memory key = string.concat(".accounts[", vm.toString(i), "]");
        return abi.decode(vm.parseJsonBytes(json, key), (AccountProof));
    }

    function readProof(string memory key) private view returns (StemProof memory) {
        return abi.decode(vm.parseJsonBytes(json, key), (StemProof));
    }
}
