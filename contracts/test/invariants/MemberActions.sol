// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Member, Role} from "../../src/types/Election.sol";
import {CommitActions} from "./CommitActions.sol";
import {vm} from "../support/Vm.sol";

/// @title Stakes, seats and epochs
abstract contract MemberActions is CommitActions {
    /// Gives a seat another member: more stake than it needs, or just the price.
    function displace(uint256 position, uint256 extra) external metered("displace") {
        seatAnother(uint32(position % (COMMITTEES * SIZE)), between(extra, 0, 1 ether));
    }

    function topUp(uint256 id, uint256 amount) external metered("topUp") {
        amount = between(amount, 0, 1 ether);
        try mc.topUp{value: amount}(pick(id)) {
            staked += amount;
        } catch {}
    }

    function exit(uint256 id, uint256 coin) external metered("exit") {
        uint256 before = address(this).balance;
        if (coin % 2 == 0) {
            try mc.startExit(pick(id)) {} catch {}
        } else {
            try mc.withdrawStake(pick(id)) {} catch {}
        }
        unstaked += address(this).balance - before;
    }

    /// Closes the epoch, one time in five, or no case would see its jury: freezes the tables, shows the seed, opens
    /// all committees.
    function changeEpoch(uint256 coin, uint256 late) external metered("epoch") {
        if (coin % 5 != 0) return;
        if (vm.getBlockNumber() < mc.boundary()) {
            mine(mc.boundary() - vm.getBlockNumber() + between(late, 0, 3));
        }
        if (mc.frozenTable().freezeBlock == 0) mc.freeze();
        uint256 gasBefore = gasleft();
        openEpoch();
        for (uint32 i = 0; i < COMMITTEES; ++i) {
            openCommittee(i);
        }
        note(gasBefore);
        mine(2);
    }

    function paySlash(uint256 number) external metered("paySlash") {
        uint256 count = mc.slashCount();
        if (count == 0) return;
        uint256 before = address(mc).balance;
        try mc.paySlash(number % count) {
            unstaked += before - address(mc).balance;
            ++done["slashPaid"];
        } catch {}
    }

    function pick(uint256 id) internal view returns (uint32) {
        return uint32(between(id, 1, memberCount));
    }

    function seatAnother(uint32 position, uint256 extra) internal {
        uint256 stake = mc.priceOf(Role.Endorser, position) + extra;
        uint256 rich = address(this).balance;
        ++memberCount;
        uint256 gasBefore = gasleft();
        registerSeat(secretOf(memberCount), position, stake);
        note(gasBefore);
        vm.deal(address(this), rich);
        staked += stake;
    }

    /// A slashed seat is replaced before the next freeze: in the frozen table it would be an absent member.
    function freezeFirst() internal {
        try mc.freeze() {} catch {}
        mine(1);
    }

    /// Notes what was slashed since the last time, and gives the seats to others.
    function settleSlashes() internal {
        for (; seenSlashes < mc.slashCount(); ++seenSlashes) {
            slashedWei += mc.slashAt(seenSlashes).amount;
        }
        uint32 count = memberCount;
        for (uint32 id = 1; id <= count; ++id) {
            Member memory member = mc.memberOf(id);
            if (member.ejectedBlock == 0 || wasSlashed[id]) continue;
            wasSlashed[id] = true;
            ++slashedMembers;
            if (isSeated(id)) seatAnother(member.position, 0);
        }
    }

    function isSeated(uint32 id) internal view returns (bool) {
        Member memory member = mc.memberOf(id);
        return member.role == Role.Endorser && member.leftBlock == 0;
    }
}
