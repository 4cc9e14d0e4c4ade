// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppealContract} from "../../src/interfaces/IAppealContract.sol";
import {IManagementContract} from "../../src/interfaces/IManagementContract.sol";
import {IStateContract} from "../../src/interfaces/IStateContract.sol";
import {Tip} from "../../src/types/Commit.sol";
import {vm} from "../support/Vm.sol";
import {FaultActions} from "./FaultActions.sol";

/// @title All that can be done to a network, for random calls
contract NetworkHandler is FaultActions {}

/// @title What holds after any calls of anyone
contract NetworkInvariants {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address private constant PRODUCER = address(0xbeef);
    uint256 private constant CHARGE_SLOTS = 8192;

    NetworkHandler private handler;
    IManagementContract private mc;
    IStateContract private sc;

    function setUp() public {
        handler = new NetworkHandler();
        handler.start();
        (address management, address state,,) = handler.contracts();
        (mc, sc) = (IManagementContract(management), IStateContract(state));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), listActions());
    }

    /// No action fails always: random calls reach accepted commits, claims, slashes, verdicts.
    function test_random_calls_reach_every_outcome() public {
        bytes4[] memory actions = listActions();
        for (uint256 i = 0; i < 400; ++i) {
            uint256 random = uint256(keccak256(abi.encode("call", i)));
            bytes4 action = actions[random % actions.length];
            (bool success,) =
                address(handler).call(abi.encodeWithSelector(action, random >> 8, random >> 16));
            vm.assertTrue(success);
        }
        this.invariant_network();
        string[10] memory outcomes = [
            "accepted",
            "refused",
            "claimed",
            "charged",
            "slashed",
            "slashPaid",
            "appealed",
            "decided",
            "closed",
            "epoch"
        ];
        for (uint256 i = 0; i < outcomes.length; ++i) {
            vm.assertTrue(handler.done(bytes32(bytes(outcomes[i]))) > 0, outcomes[i]);
        }
    }

    function listActions() private view returns (bytes4[] memory actions) {
        actions = new bytes4[](17);
        actions[0] = handler.passBlocks.selector;
        actions[1] = handler.commitPackets.selector;
        actions[2] = handler.commitSpoilt.selector;
        actions[3] = handler.deposit.selector;
        actions[4] = handler.withdraw.selector;
        actions[5] = handler.withdrawRewards.selector;
        actions[6] = handler.claim.selector;
        actions[7] = handler.displace.selector;
        actions[8] = handler.topUp.selector;
        actions[9] = handler.exit.selector;
        actions[10] = handler.changeEpoch.selector;
        actions[11] = handler.paySlash.selector;
        actions[12] = handler.equivocate.selector;
        actions[13] = handler.charge.selector;
        actions[14] = handler.appeal.selector;
        actions[15] = handler.decide.selector;
        actions[16] = handler.closeCase.selector;
    }

    /// One function, as forge runs a campaign of its own for each.
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_network() external view {
        requireSolvency();
        requireLinearChain();
        vm.assertEq(handler.paidTwice(), 0, "a seat counted twice");
        vm.assertEq(handler.wronglyAccepted(), 0, "accepted without a quorum");
        vm.assertEq(handler.wronglyRefused(), 0, "refused with a quorum");
        vm.assertLe(handler.mostGas(), handler.GAS_BOUND(), "gas bound");
        vm.assertFalse(handler.wasUnfinal(), "a final packet was taken back");
    }

    function requireSolvency() private view {
        uint256 owed = sc.feeAccount(PRODUCER).balance + sc.rewardsOf(address(handler));
        uint256 turns = sc.head().turns;
        for (uint256 i = 0; i < turns; ++i) {
            owed += sc.payoutAt(i).unclaimed;
        }
        for (uint256 i = 0; i < handler.done("charged"); ++i) {
            owed += sc.payoutAt(CHARGE_SLOTS + i % 256).unclaimed;
        }
        // What was cut off by a reset stays in its slots until they are taken again.
        vm.assertLe(owed, address(sc).balance, "solvency of the State Contract");
        vm.assertEq(
            address(sc).balance, handler.deposited() - handler.paidOut(), "payouts, deposits"
        );

        uint256 stakes = 0;
        for (uint32 id = 1; id <= handler.memberCount(); ++id) {
            stakes += mc.memberOf(id).stake;
        }
        for (uint256 i = 0; i < mc.slashCount(); ++i) {
            stakes += mc.slashAt(i).amount;
        }
        vm.assertEq(address(mc).balance, stakes, "solvency of the Management Contract");
        vm.assertEq(stakes, handler.staked() - handler.unstaked(), "stake in, stake out");
        vm.assertEq(
            handler.slashedWei(), handler.slashedMembers() * 1 ether, "slashed above the stake"
        );
    }

    function requireLinearChain() private view {
        vm.assertEq(sc.head().number, handler.lastNumber(), "number of the head");
        Tip memory tip = handler.headTip();
        vm.assertEq(tip.digest, handler.chain(handler.lastNumber()), "digest of the head");
        vm.assertEq(tip.stateRoot, handler.lastRoot(), "root of the head");
    }
}
