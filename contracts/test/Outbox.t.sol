// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../src/interfaces/IBridgedToken.sol";
import {IOutbox} from "../src/interfaces/IOutbox.sol";
import {ITokenBridgeL2} from "../src/interfaces/ITokenBridgeL2.sol";
import {ITokenRelease} from "../src/interfaces/ITokenRelease.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {StateKeys} from "../src/libraries/StateKeys.sol";
import {Withdrawal} from "../src/types/Bridge.sol";
import {PredeployTest} from "./support/PredeployTest.sol";
import {vm} from "./support/Vm.sol";

/// @title The L2 end of the bridge
contract OutboxTest is PredeployTest {
    address private constant L1_BRIDGE = address(0xb81d6e);
    address private constant L1_TOKEN = address(0x70ce);
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);

    function setUp() public {
        placePredeploys();
    }

    function test_messages_are_counted_and_kept_by_their_hash() public {
        vm.deal(ALICE, 2 ether);
        vm.prank(ALICE);
        vm.assertEq(outbox.sendMessage{value: 1 ether}(BOB, 50_000, hex"0102"), 0);
        vm.prank(ALICE);
        vm.assertEq(outbox.sendMessage{value: 1 ether}(BOB, 50_000, hex"0102"), 1);
        vm.assertEq(outbox.messageCount(), 2);
        vm.assertEq(address(outbox).balance, 2 ether);
        for (uint64 nonce = 0; nonce < 3; ++nonce) {
            bytes32 found = Messages.hashWithdrawal(
                block.chainid, Withdrawal(nonce, ALICE, BOB, 1 ether, 50_000, hex"0102")
            );
            vm.assertEq(outbox.sentMessages(found), nonce < 2 ? 1 : 0);
            // The slot by which the L1 proves it.
            bytes32 slot = StateKeys.mappingSlot(found, 1);
            vm.assertEq(uint256(vm.load(address(outbox), slot)), nonce < 2 ? 1 : 0);
        }
    }

    function test_the_log_is_what_the_specification_reads() public {
        bytes memory data = hex"010203";
        vm.expectEmit(address(outbox));
        emit IOutbox.MessageSent(0, address(this), BOB, 0, 50_000, data);
        outbox.sendMessage(BOB, 50_000, data);
    }

    function test_gas_is_within_its_bounds() public {
        outbox.sendMessage(BOB, 30_000, "");
        outbox.sendMessage(BOB, 8_000_000, "");
        refuseGas(29_999);
        refuseGas(8_000_001);
    }

    function test_data_is_within_its_bound() public {
        outbox.sendMessage(BOB, 30_000, new bytes(65_536));
        vm.expectRevert(abi.encodeWithSelector(IOutbox.DataTooLarge.selector, 65_536, 65_537));
        outbox.sendMessage(BOB, 30_000, new bytes(65_537));
    }

    function test_a_deposit_makes_its_token_once() public {
        address token = deposit(L1_BRIDGE, 100);
        vm.assertEq(token, tokens.tokenOf(L1_BRIDGE, L1_TOKEN));
        vm.assertEq(deposit(L1_BRIDGE, 20), token);
        IBridgedToken made = IBridgedToken(token);
        vm.assertEq(made.balanceOf(BOB), 120);
        vm.assertEq(made.l1Token(), L1_TOKEN);
        vm.assertEq(tokens.l1BridgeOf(token), L1_BRIDGE);
        (, bytes memory name) = token.staticcall(abi.encodeWithSignature("name()"));
        vm.assertEq(bytes(abi.decode(name, (string))), "Some Token");
        (, bytes memory decimals) = token.staticcall(abi.encodeWithSignature("decimals()"));
        vm.assertEq(abi.decode(decimals, (uint256)), 6);
        // The slot by which the escape proves a balance.
        bytes32 slot = StateKeys.mappingSlot(bytes32(uint256(uint160(BOB))), 0);
        vm.assertEq(uint256(vm.load(token, slot)), 120);
    }

    function test_a_foreign_bridge_makes_a_token_of_its_own() public {
        address token = deposit(L1_BRIDGE, 100);
        address other = deposit(address(0xbad), 1_000_000);
        vm.assertTrue(token != other);
        vm.assertEq(IBridgedToken(token).balanceOf(BOB), 100);
    }

    function test_a_withdrawal_goes_to_the_tokens_own_bridge() public {
        address token = deposit(L1_BRIDGE, 100);
        bytes memory data =
            abi.encodeCall(ITokenRelease.finalizeWithdrawal, (L1_TOKEN, BOB, ALICE, 60));
        vm.expectEmit(address(outbox));
        emit IOutbox.MessageSent(0, address(tokens), L1_BRIDGE, 0, 200_000, data);
        vm.prank(BOB);
        vm.assertEq(tokens.withdraw(token, ALICE, 60, 200_000), 0);
        vm.assertEq(IBridgedToken(token).balanceOf(BOB), 40);
        vm.prank(BOB);
        vm.expectRevert(
            abi.encodeWithSelector(IBridgedToken.InsufficientBalance.selector, BOB, 40, 41)
        );
        tokens.withdraw(token, ALICE, 41, 200_000);
    }

    function test_only_tokens_made_here_are_withdrawn() public {
        vm.expectRevert(abi.encodeWithSelector(ITokenBridgeL2.UnknownToken.selector, address(this)));
        tokens.withdraw(address(this), ALICE, 1, 200_000);
    }

    function test_only_the_bridge_makes_and_destroys_tokens() public {
        IBridgedToken token = IBridgedToken(deposit(L1_BRIDGE, 100));
        bytes memory refusal =
            abi.encodeWithSelector(IBridgedToken.NotBridge.selector, address(this));
        vm.expectRevert(refusal);
        token.mint(ALICE, 1);
        vm.expectRevert(refusal);
        token.burn(BOB, 1);
    }

    function test_tokens_move_as_an_erc20() public {
        address token = deposit(L1_BRIDGE, 100);
        vm.prank(BOB);
        (bool success,) = token.call(abi.encodeWithSignature("approve(address,uint256)", this, 30));
        vm.assertTrue(success);
        bytes memory move =
            abi.encodeWithSignature("transferFrom(address,address,uint256)", BOB, ALICE, 20);
        (success,) = token.call(move);
        vm.assertTrue(success);
        (success,) = token.call(move);
        vm.assertFalse(success);
        vm.prank(ALICE);
        (success,) = token.call(abi.encodeWithSignature("transfer(address,uint256)", BOB, 5));
        vm.assertTrue(success);
        vm.assertEq(IBridgedToken(token).balanceOf(ALICE), 15);
        vm.assertEq(IBridgedToken(token).balanceOf(BOB), 85);
    }

    function deposit(address l1Bridge, uint256 amount) private returns (address token) {
        vm.prank(Messages.aliasOf(l1Bridge));
        tokens.finalizeDeposit(L1_TOKEN, ALICE, BOB, amount, "Some Token", "SOME", 6);
        token = tokens.tokenOf(l1Bridge, L1_TOKEN);
    }

    function refuseGas(uint64 gas) private {
        vm.expectRevert(
            abi.encodeWithSelector(IOutbox.GasOutOfRange.selector, 30_000, 8_000_000, gas)
        );
        outbox.sendMessage(BOB, gas, "");
    }
}
