// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {ITokenBridge} from "../src/interfaces/ITokenBridge.sol";
import {ITokenBridgeL2} from "../src/interfaces/ITokenBridgeL2.sol";
import {ITokenRelease} from "../src/interfaces/ITokenRelease.sol";
import {ExitProofs} from "../src/libraries/ExitProofs.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {Nullifiers} from "../src/libraries/Nullifiers.sol";
import {VerkleVerifier} from "../src/libraries/VerkleVerifier.sol";
import {AccountProof, InboxMessage, MessageProof, Withdrawal} from "../src/types/Bridge.sol";
import {StemProof} from "../src/types/Verkle.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {BridgeTest} from "./support/BridgeTest.sol";
import {PredeployTest} from "./support/PredeployTest.sol";
import {StrangeToken} from "./support/StrangeTokens.sol";
import {Vm, vm} from "./support/Vm.sol";

/// @title ERC-20 tokens over the bridge: both ends on one chain
contract TokenBridgeTest is BridgeTest, PredeployTest {
    address private constant TOKEN = 0x70CE000000000000000000000000000000000006;
    address private constant TOKEN_BRIDGE = 0x7b00000000000000000000000000000000000007;
    address private constant CONTRACT = 0xC0DE000000000000000000000000000000000003;
    uint64 private constant RELEASE_GAS = 200_000;

    ITokenBridge private tokenBridge;
    StrangeToken private token;
    string private json;
    /// Data of the messages that deposits sent.
    mapping(uint64 index => bytes data) private queued;

    function setUp() public {
        deployBridge();
        placePredeploys();
        bytes memory arguments = abi.encode(config.l2ChainId, chain, inbox, bridge);
        address deployed = Artifacts.deploy("TokenBridge", arguments);
        // Where the vectors have them.
        vm.etch(TOKEN_BRIDGE, deployed.code);
        vm.etch(TOKEN, address(new StrangeToken()).code);
        tokenBridge = ITokenBridge(TOKEN_BRIDGE);
        token = StrangeToken(TOKEN);
        token.setAnswer(1);
        token.mint(ALICE, 1_000_000);
        vm.prank(ALICE);
        token.approve(TOKEN_BRIDGE, 1_000_000);
        vm.deal(ALICE, 1000 ether);
        json = vm.readFile("../tests/vectors/escape.json");
    }

    function test_the_token_of_the_l2_is_where_the_l1_says() public {
        vm.assertEq(tokenBridge.l2TokenOf(TOKEN), tokens.tokenOf(TOKEN_BRIDGE, TOKEN));
        vm.assertEq(tokenBridge.l2TokenOf(TOKEN), vm.parseJsonAddress(json, ".l2_token"));
        deposit(1000);
        deliver(0);
        address l2Token = tokenBridge.l2TokenOf(TOKEN);
        vm.assertTrue(l2Token.code.length > 0);
        vm.assertEq(IBridgedToken(l2Token).balanceOf(BOB), 1000);
    }

    function test_tokens_go_there_and_back() public {
        deposit(1000);
        deliver(0);
        Withdrawal memory withdrawal = withdrawL2(BOB, ALICE, 600, 0);
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        uint256 before = token.balanceOf(ALICE);
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(token.balanceOf(ALICE), before + 600);
        vm.assertEq(tokenBridge.keptOf(TOKEN), 400);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        bridge.withdraw(withdrawal, proof);
    }

    function test_the_price_is_taken_and_the_rest_given_back() public {
        uint256 price = tokenBridge.depositPrice(TOKEN);
        vm.assertEq(price, 2_000_000 * uint256(inbox.gasPrice()));
        vm.prank(ALICE, ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(ITokenBridge.PaymentTooLow.selector, price, price - 1)
        );
        tokenBridge.deposit{value: price - 1}(TOKEN, 1, BOB);
        uint256 before = ALICE.balance;
        vm.prank(ALICE, ALICE);
        tokenBridge.deposit{value: price + 5 ether}(TOKEN, 1, BOB);
        vm.assertEq(ALICE.balance, before - price);
        vm.assertEq(tokenBridge.depositPrice(TOKEN), 250_000 * uint256(inbox.gasPrice()));
    }

    function test_what_arrives_counts() public {
        token.setFee(10);
        deposit(1000);
        vm.assertEq(tokenBridge.keptOf(TOKEN), 900);
        deliver(0);
        vm.assertEq(IBridgedToken(tokenBridge.l2TokenOf(TOKEN)).balanceOf(BOB), 900);
        // Of 900 that leave, 810 arrive; nobody else's tokens pay for it.
        Withdrawal memory withdrawal = withdrawL2(BOB, BOB, 900, 0);
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(token.balanceOf(BOB), 810);
        vm.assertEq(tokenBridge.keptOf(TOKEN), 0);
    }

    function test_a_token_may_answer_nothing_but_not_false() public {
        token.setAnswer(0);
        deposit(1000);
        token.setAnswer(2);
        refuseDeposit(1000, abi.encodeWithSelector(ITokenBridge.TransferFailed.selector, TOKEN));
        token.setAnswer(3);
        refuseDeposit(
            1000, abi.encodeWithSelector(ITokenBridge.WrongTransfer.selector, TOKEN, 1000, 0)
        );
        vm.assertEq(tokenBridge.keptOf(TOKEN), 1000);
    }

    function test_a_refused_release_can_be_tried_again() public {
        deposit(1000);
        deliver(0);
        Withdrawal memory withdrawal = withdrawL2(BOB, ALICE, 600, 0);
        MessageProof memory proof = commitWith(withdrawal);
        finalize();
        for (uint8 answer = 2; answer < 4; ++answer) {
            token.setAnswer(answer);
            vm.expectPartialRevert(bytes4(keccak256("CallFailed(address)")));
            bridge.withdraw(withdrawal, proof);
        }
        token.setAnswer(1);
        token.setExtra(1);
        vm.expectPartialRevert(bytes4(keccak256("CallFailed(address)")));
        bridge.withdraw(withdrawal, proof);
        token.setExtra(0);
        bridge.withdraw(withdrawal, proof);
        vm.assertEq(tokenBridge.keptOf(TOKEN), 400);
    }

    function test_a_token_that_calls_back_counts_nothing_twice() public {
        bytes memory again = abi.encodeCall(ITokenBridge.deposit, (TOKEN, 500, BOB));
        token.setHook(TOKEN_BRIDGE, again);
        deposit(1000);
        vm.assertFalse(token.hookSucceeded());
        vm.assertEq(tokenBridge.keptOf(TOKEN), 1000);
        vm.assertEq(inbox.messageCount(), 1);
    }

    function test_an_address_without_code_is_no_token() public {
        vm.prank(ALICE, ALICE);
        vm.expectRevert();
        tokenBridge.deposit{value: 1 ether}(address(0x1234), 1000, BOB);
    }

    function test_nobody_else_releases_tokens() public {
        deposit(1000);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITokenBridge.NotTokenBridgeL2.selector, address(this), address(0)
            )
        );
        tokenBridge.finalizeWithdrawal(TOKEN, ALICE, ALICE, 1);
        // Nor does a message of another sender of the L2.
        bytes memory data =
            abi.encodeCall(ITokenRelease.finalizeWithdrawal, (TOKEN, ALICE, ALICE, 1));
        Withdrawal memory forged = Withdrawal(5, ALICE, TOKEN_BRIDGE, 0, RELEASE_GAS, data);
        MessageProof memory proof = commitWith(forged);
        finalize();
        vm.expectPartialRevert(bytes4(keccak256("CallFailed(address)")));
        bridge.withdraw(forged, proof);
    }

    function test_no_more_leaves_than_was_kept() public {
        deposit(1000);
        bytes memory data =
            abi.encodeCall(ITokenRelease.finalizeWithdrawal, (TOKEN, ALICE, ALICE, 1001));
        token.mint(TOKEN_BRIDGE, 5000);
        Withdrawal memory forged =
            Withdrawal(5, Messages.TOKEN_BRIDGE_L2, TOKEN_BRIDGE, 0, RELEASE_GAS, data);
        MessageProof memory proof = commitWith(forged);
        finalize();
        vm.expectPartialRevert(bytes4(keccak256("CallFailed(address)")));
        bridge.withdraw(forged, proof);
    }

    function test_the_name_of_a_token_cannot_stop_a_deposit() public {
        bytes[] memory answers = new bytes[](5);
        answers[0] = abi.encode("Some Token");
        answers[1] = abi.encode(bytes32("MKR"));
        answers[2] = abi.encode(uint256(32), type(uint256).max);
        answers[3] = abi.encode(string(new bytes(500)));
        answers[4] = abi.encode(uint256(64), uint256(0));
        for (uint256 i = 0; i < answers.length; ++i) {
            token.setName(answers[i]);
            deposit(10);
            deliver(uint64(i));
        }
        (, bytes memory name) =
            tokenBridge.l2TokenOf(TOKEN).staticcall(abi.encodeWithSignature("name()"));
        vm.assertEq(bytes(abi.decode(name, (string))), "Some Token");
    }

    function test_a_deposit_fits_its_gas_on_the_l2() public {
        token.setName(abi.encode(string(new bytes(64))));
        uint64 first = deposit(1000);
        uint64 second = deposit(1000);
        (, uint64 gasOfFirst) = inbox.sentAt(first);
        (, uint64 gasOfBoth) = inbox.sentAt(second);
        vm.assertLe(deliver(first) + 60_000, gasOfFirst);
        vm.assertLe(deliver(second) + 60_000, gasOfBoth - gasOfFirst);
    }

    function test_the_escape_releases_a_balance_once() public {
        deposit(5000);
        AccountProof memory account = readAccount(0);
        StemProof memory proof = readToken(0);
        vm.expectRevert(abi.encodeWithSelector(ITokenBridge.EscapeNotOpen.selector));
        tokenBridge.escapeTokens(TOKEN, 1000, account, proof);
        chain.openEscape(vm.parseJsonBytes32(json, ".root"));
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        tokenBridge.escapeTokens(TOKEN, 1001, account, proof);
        uint256 before = token.balanceOf(ALICE);
        tokenBridge.escapeTokens(TOKEN, 1000, account, proof);
        vm.assertEq(token.balanceOf(ALICE), before + 1000);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        tokenBridge.escapeTokens(TOKEN, 1000, account, proof);
    }

    function test_the_escape_releases_tokens_of_a_contract_where_its_code_is() public {
        deposit(5000);
        chain.openEscape(vm.parseJsonBytes32(json, ".root"));
        AccountProof memory account = readAccount(2);
        StemProof memory proof = readToken(1);
        vm.expectRevert(abi.encodeWithSelector(ExitProofs.NotTheSameCode.selector, CONTRACT));
        tokenBridge.escapeTokens(TOKEN, 77, account, proof);
        // The balance of one account is not that of another.
        vm.expectPartialRevert(VerkleVerifier.MalformedStemProof.selector);
        tokenBridge.escapeTokens(TOKEN, 77, readAccount(0), proof);
        vm.etch(CONTRACT, hex"5f5ff3");
        tokenBridge.escapeTokens(TOKEN, 77, account, proof);
        vm.assertEq(token.balanceOf(CONTRACT), 77);
    }

    function test_a_deposit_that_no_packet_consumed_goes_back() public {
        deposit(1000);
        deposit(300);
        chain.commit(inbox, keccak256("packet"), 0, 1, uint64(vm.getBlockNumber()));
        InboxMessage memory message = makeDeposit(300, 250_000);
        vm.expectRevert(abi.encodeWithSelector(ITokenBridge.EscapeNotOpen.selector));
        tokenBridge.escapeDeposit(1, message);
        chain.openEscape(keccak256("root"));
        vm.expectRevert(abi.encodeWithSelector(ITokenBridge.MessageConsumed.selector, 0));
        tokenBridge.escapeDeposit(0, makeDeposit(1000, 2_000_000));
        uint256 before = token.balanceOf(ALICE);
        tokenBridge.escapeDeposit(1, message);
        vm.assertEq(token.balanceOf(ALICE), before + 300);
        vm.expectRevert(abi.encodeWithSelector(Nullifiers.AlreadyPaid.selector));
        tokenBridge.escapeDeposit(1, message);
    }

    function test_only_deposits_go_back() public {
        uint64 gas = 100_000;
        InboxMessage memory message = makeDeposit(1000, gas);
        message.sender = ALICE;
        uint256 price = gas * uint256(inbox.gasPrice());
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: price}(message.target, 0, gas, message.data, 0);
        chain.openEscape(keccak256("root"));
        vm.expectRevert(abi.encodeWithSelector(ITokenBridge.NotADeposit.selector, 0));
        tokenBridge.escapeDeposit(0, message);
    }

    function deposit(uint256 amount) private returns (uint64) {
        uint256 price = tokenBridge.depositPrice(TOKEN);
        vm.recordLogs();
        vm.prank(ALICE, ALICE);
        uint64 index = tokenBridge.deposit{value: price}(TOKEN, amount, BOB);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IMessageInbox.MessageQueued.selector) continue;
            (,,, queued[index]) = abi.decode(logs[i].data, (uint256, uint256, uint64, bytes));
        }
        return index;
    }

    function refuseDeposit(uint256 amount, bytes memory refusal) private {
        uint256 price = tokenBridge.depositPrice(TOKEN);
        vm.prank(ALICE, ALICE);
        vm.expectRevert(refusal);
        tokenBridge.deposit{value: price}(TOKEN, amount, BOB);
    }

    /// The message of a deposit of `ALICE` whose token says no name, as the inbox has it.
    function makeDeposit(uint256 amount, uint64 gas)
        private
        pure
        returns (InboxMessage memory message)
    {
        bytes memory data = abi.encodeCall(
            ITokenBridgeL2.finalizeDeposit, (TOKEN, ALICE, BOB, amount, "", "", 6)
        );
        return
            InboxMessage(Messages.aliasOf(TOKEN_BRIDGE), Messages.TOKEN_BRIDGE_L2, 0, 0, gas, data);
    }

    /// Does on the L2 what message `index` says, and returns its gas.
    function deliver(uint64 index) private returns (uint256 gasUsed) {
        bytes memory data = queued[index];
        uint256 before = gasleft();
        vm.prank(Messages.aliasOf(TOKEN_BRIDGE));
        (bool success,) = address(tokens).call(data);
        gasUsed = before - gasleft();
        vm.assertTrue(success);
    }

    /// Sends tokens back on the L2 and returns the message of the outbox.
    function withdrawL2(address from, address to, uint256 amount, uint64 nonce)
        private
        returns (Withdrawal memory)
    {
        address l2Token = tokenBridge.l2TokenOf(TOKEN);
        vm.prank(from);
        vm.assertEq(tokens.withdraw(l2Token, to, amount, RELEASE_GAS), nonce);
        bytes memory data =
            abi.encodeCall(ITokenRelease.finalizeWithdrawal, (TOKEN, from, to, amount));
        return Withdrawal(nonce, Messages.TOKEN_BRIDGE_L2, TOKEN_BRIDGE, 0, RELEASE_GAS, data);
    }

    function readAccount(uint256 i) private view returns (AccountProof memory) {
        string memory key = string.concat(".accounts[", vm.toString(i), "]");
        return abi.decode(vm.parseJsonBytes(json, key), (AccountProof));
    }

    function readToken(uint256 i) private view returns (StemProof memory) {
        string memory key = string.concat(".tokens[", vm.toString(i), "]");
        return abi.decode(vm.parseJsonBytes(json, key), (StemProof));
    }
}
