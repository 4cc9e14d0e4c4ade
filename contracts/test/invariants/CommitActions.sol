// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PayoutPart, PayoutRecord, Turn} from "../../src/types/Commit.sol";
import {FeeAccount} from "../../src/types/Commit.sol";
import {Header} from "../../src/types/Header.sol";
import {vm} from "../support/Vm.sol";
import {Ghost} from "./Ghost.sol";

/// @title Commits, whole and spoilt, and the fees that follow from them
abstract contract CommitActions is Ghost {
    /// Time passes.
    function passBlocks(uint256 count) external metered("blocks") {
        mine(between(count, 1, 6));
    }

    /// Commits one to three packets with up to `SIZE` absent members each.
    function commitPackets(uint256 count, uint256 absences) external metered("commit") {
        bytes memory payload = makePayload(1, 20);
        Header memory header = makeHeader(payload);
        Header[] memory headers = new Header[](between(count, 1, 3));
        Turn[] memory turns = new Turn[](headers.length);
        bool areWhole = !isSuspended(header);
        for (uint256 i = 0; i < turns.length; ++i) {
            // Mostly quorums, or the chain would not move.
            uint256 absent = between(absences >> (8 * i), 0, 7);
            if (absent > SIZE) absent = 0;
            if (SIZE - absent < QUORUM) areWhole = false;
            headers[i] = header;
            turns[i] = seal(header, payload, 0, absent);
            // What was judged invalid and reset stays out.
            if (faults.isInvalid(digestOf(header))) areWhole = false;
            header = makeHeaderOn(
                header.number, digestOf(header), header.postStateRoot, header.baseFee, payload
            );
        }
        submit(headers, turns, areWhole);
    }

    /// Commits a packet of which one thing is not as the rules say.
    function commitSpoilt(uint256 kind) external metered("spoilt") {
        bytes memory payload = makePayload(1, 20);
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        kind = between(kind, 0, 6);
        if (kind == 0) turn.packets[0].statement.timestamp += 1000;
        else if (kind == 1) turn.packets[0].statement.postStateRoot = keccak256("false");
        else if (kind == 2) turn.packets[0].quorum.signers[0] ^= 1;
        else if (kind == 3) turn.packets[0].payload = makePayload(1, 21);
        else if (kind == 4) turn.packets[0].quorum.rung = 1;
        else if (kind == 5) turn.producer.end += 1;
        else turn.packets[0].statement.gasUsed += 1;
        Header[] memory headers = new Header[](1);
        Turn[] memory turns = new Turn[](1);
        (headers[0], turns[0]) = (header, turn);
        submit(headers, turns, false);
    }

    function deposit(uint256 amount) external metered("deposit") {
        amount = between(amount, 0, 2 ether);
        deposited += amount;
        uint256 gasBefore = gasleft();
        sc.deposit{value: amount}(PRODUCER);
        note(gasBefore);
    }

    function withdraw(uint256 amount, uint256 coin) external metered("withdraw") {
        uint256 before = PRODUCER.balance;
        vm.prank(PRODUCER);
        if (coin % 2 == 0) {
            try sc.requestWithdrawal(uint88(between(amount, 0, 3 ether))) {} catch {}
        } else {
            try sc.withdrawFees() {} catch {}
        }
        paidOut += PRODUCER.balance - before;
    }

    function withdrawRewards() external metered("rewards") {
        uint256 before = address(this).balance;
        try sc.withdrawRewards() {} catch {}
        paidOut += address(this).balance - before;
    }

    /// Claims the shares of the positions in `mask`, which may have been claimed, or not have signed.
    function claim(uint256 which, uint256 mask) external metered("claim") {
        if (_kept.length == 0) return;
        Kept storage kept = _kept[which % _kept.length];
        (PayoutPart memory part, PayoutRecord memory record) = partOf(kept);
        mask = between(mask, 1, 2 ** SIZE - 1);
        uint32[] memory positions = new uint32[](SIZE);
        uint256 count = 0;
        for (uint32 i = 0; i < SIZE; ++i) {
            if ((mask >> i) & 1 == 1) positions[count++] = i;
        }
        assembly ("memory-safe") {
            mstore(positions, count)
        }
        uint256 before = sc.rewardsOf(address(this));
        uint256 gasBefore = gasleft();
        try sc.claim(kept.slot, record, 0, part, positions) {
            note(gasBefore);
            uint256 due = countBits(mask & part.signers[0] & ~kept.claimed) * kept.share;
            paidTwice += sc.rewardsOf(address(this)) - before - due;
            kept.claimed |= mask;
            ++done["claimed"];
        } catch {}
    }

    function submit(Header[] memory headers, Turn[] memory turns, bool areWhole) private {
        uint64 first = headers[0].number;
        uint256 slot = sc.head().turns;
        uint256 gasBefore = gasleft();
        try sc.commit(first, turns) {
            note(gasBefore);
            if (!areWhole) ++wronglyAccepted;
            ++done["accepted"];
            for (uint256 i = 0; i < turns.length; ++i) {
                chain.push(digestOf(headers[i]));
                _roots.push(headers[i].postStateRoot);
                keep(headers[i], turns[i], slot + i);
            }
        } catch {
            if (areWhole) ++wronglyRefused;
            ++done["refused"];
        }
    }

    function keep(Header memory header, Turn memory turn, uint256 slot) private {
        uint256 signers = countBits(turn.packets[0].quorum.signers[0]);
        Kept storage kept = _kept.push();
        kept.header = header;
        kept.turn = abi.encode(turn);
        kept.slot = slot;
        kept.share = uint96(sc.payoutAt(slot).unclaimed / signers);
    }

    /// The part of a packet as its slot keeps it, with what was claimed.
    function partOf(Kept storage kept)
        internal
        view
        returns (PayoutPart memory part, PayoutRecord memory record)
    {
        part = makePart(abi.decode(kept.turn, (Turn)), kept.header, kept.share);
        if (kept.claimed != 0) {
            part.claimed = new uint256[](1);
            part.claimed[0] = kept.claimed;
        }
        record = makeRecord(part);
    }

    function isSuspended(Header memory header) private view returns (bool) {
        FeeAccount memory account = sc.feeAccount(PRODUCER);
        return account.suspendedEpoch == epoch && header.viewNumber > sc.suspendedView(PRODUCER);
    }

    function countBits(uint256 word) internal pure returns (uint256 count) {
        for (; word != 0; word &= word - 1) {
            ++count;
        }
    }
}
