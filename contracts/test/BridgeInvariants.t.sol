// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../src/interfaces/IBridge.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {BridgeHandler} from "./support/BridgeHandler.sol";
import {vm} from "./support/Vm.sol";

/// @title What holds of the bridge after any calls
contract BridgeInvariantsTest {
    BridgeHandler private handler;
    IBridge private bridge;
    IMessageInbox private inbox;
    uint64 private countSeen;

    function setUp() public {
        handler = new BridgeHandler();
        (bridge, inbox) = handler.contracts();
    }

    /// What forge calls at random.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 80
    function invariant_the_bridge_can_pay_what_it_owes_or_says_what_it_lacks() public view {
        vm.assertTrue(address(bridge).balance + bridge.shortfall() >= bridge.owed());
    }

    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 80
    function invariant_payouts_stay_within_deposits() public view {
        uint256 gone = handler.paid() + handler.refunded() - handler.reclaimed();
        vm.assertTrue(gone <= handler.deposited());
        vm.assertEq(bridge.owed(), handler.deposited() - gone);
    }

    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 80
    function invariant_nothing_is_paid_twice_through_any_doors() public view {
        for (uint64 nonce = 0; nonce < handler.countNonces(); ++nonce) {
            vm.assertTrue(
                handler.timesPaid(nonce) == (bridge.isPaid(nonce) ? int256(1) : int256(0))
            );
        }
        for (uint256 i = 0; i < handler.countMessages(); ++i) {
            vm.assertLe(handler.timesRefunded(i), 1);
        }
    }

    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 80
    function invariant_messages_are_only_added_and_consumed_in_order() public {
        uint64 count = inbox.messageCount();
        vm.assertTrue(count >= countSeen);
        countSeen = count;
        vm.assertEq(count, handler.countMessages());
        vm.assertLe(handler.consumed(), count);
        vm.assertLe(inbox.releasedCount(), handler.consumed());
    }
}
