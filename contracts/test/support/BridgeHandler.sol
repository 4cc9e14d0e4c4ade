// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../../src/interfaces/IBridge.sol";
import {IMessageInbox} from "../../src/interfaces/IMessageInbox.sol";
import {FastPayout, InboxMessage, MessageProof, Withdrawal} from "../../src/types/Bridge.sol";
import {WithdrawalsProof} from "../../src/types/Commit.sol";
import {BridgeTest} from "./BridgeTest.sol";
import {vm} from "./Vm.sol";

/// @title Everybody who uses the bridge, by random turns: depositors, packets good and bad, keepers
/// @dev Counts beside the contracts what they should have counted.
contract BridgeHandler is BridgeTest {
    /// A message of the outbox in a packet that was committed once.
    struct Shown {
        Withdrawal withdrawal;
        MessageProof proof;
        bytes32 digest;
    }

    uint256 private constant MOST_VALUE = 0.4 ether;
    uint64 private constant NONCES = 40;
    /// Turns choose among the latest messages, of which most can still be paid.
    uint256 private constant LATEST = 8;

    Shown[] private _shown;
    /// Places of those that were paid fast.
    uint256[] private _fast;
    InboxMessage[] private _messages;
    bool public isStopped;

    uint256 public deposited = GENESIS_FUNDS;
    uint256 public paid;
    uint256 public reclaimed;
    uint256 public refunded;
    mapping(uint64 nonce => int256) public timesPaid;
    mapping(uint256 index => uint256) public timesRefunded;

    constructor() {
        deployBridge();
    }

    function send(uint256 mint, uint256 gasSeed) external {
        uint64 gas = uint64(21_000 + gasSeed % 100_000);
        mint = mint % 1 ether;
        uint256 payment = uint256(inbox.gasPrice()) * gas + mint;
        vm.deal(ALICE, payment);
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: payment}(BOB, 0, gas, "", mint);
        deposited += mint;
        _messages.push(InboxMessage(ALICE, BOB, uint96(mint), 0, gas, ""));
    }

    /// A packet with up to three messages of the outbox, whose nonces may be anybody's.
    function commit(uint256 seed, uint256 count) external {
        Withdrawal[] memory many = new Withdrawal[](1 + seed % 3);
        for (uint256 i = 0; i < many.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            many[i] = makePayment(uint64(draw % NONCES), BOB, draw % MOST_VALUE);
        }
        (, bytes32 root) = proveMessage(many, 0);
        uint64 least = chain.inboxCount();
        uint64 taken = least + uint64(count % (inbox.messageCount() - least + 1));
        bytes32 digest = keccak256(abi.encode(seed, root, _shown.length));
        uint64 number = chain.commit(inbox, digest, root, taken, uint64(vm.getBlockNumber()));
        for (uint64 i = 0; i < many.length; ++i) {
            (MessageProof memory proof,) = proveMessage(many, i);
            proof.number = number;
            Shown storage shown = _shown.push();
            shown.withdrawal = many[i];
            shown.proof = proof;
            shown.digest = digest;
        }
    }

    function withdrawFast(uint256 choice) external {
        uint256 place = choose(_shown.length, choice);
        Shown memory shown = _shown[place];
        bridge.withdrawFast(shown.withdrawal, shown.proof, place);
        _fast.push(place);
        notePaid(shown.withdrawal);
    }

    function withdraw(uint256 choice) external {
        Shown memory shown = _shown[choose(_shown.length, choice)];
        bridge.withdraw(shown.withdrawal, shown.proof);
        notePaid(shown.withdrawal);
    }

    function reset(uint256 choice) external {
        uint64 least = chain.finalizedNumber() + 1;
        uint64 head = chain.head().number;
        if (choice % 3 != 0) return;
        chain.reset(least + uint64(choice % (head - least + 1)));
    }

    function reclaim(uint256 choice) external {
        uint256 place = _fast[choose(_fast.length, choice)];
        Shown memory shown = _shown[place];
        uint256 value = shown.withdrawal.value;
        uint64 nonce = shown.withdrawal.nonce;
        WithdrawalsProof memory any;
        FastPayout memory payout =
            FastPayout(nonce, shown.proof.number, shown.digest, uint96(value));
        bridge.reclaim(place, payout, any);
        reclaimed += value;
        timesPaid[nonce] -= 1;
    }

    function refill(uint256 amount) external {
        amount = amount % 1 ether;
        vm.deal(address(this), amount);
        bridge.refill{value: amount}();
    }

    function pass(uint256 blocks) external {
        mine(1 + blocks % 6);
    }

    function stop(uint256 choice) external {
        if (choice % 32 != 0) return;
        chain.openEscape(keccak256("root"));
        isStopped = true;
    }

    function escapeMessage(uint256 choice) external {
        uint256 index = choose(_messages.length, choice);
        bridge.escapeMessage(uint64(index), _messages[index]);
        refunded += _messages[index].mint;
        timesRefunded[index] += 1;
    }

    function countMessages() external view returns (uint256) {
        return _messages.length;
    }

    function contracts() external view returns (IBridge, IMessageInbox) {
        return (bridge, inbox);
    }

    function consumed() external view returns (uint64) {
        return chain.inboxCount();
    }

    function countNonces() external pure returns (uint64) {
        return NONCES;
    }

    function choose(uint256 count, uint256 choice) private pure returns (uint256) {
        return count < LATEST ? choice % count : count - 1 - choice % LATEST;
    }

    function notePaid(Withdrawal memory withdrawal) private {
        paid += withdrawal.value;
        timesPaid[withdrawal.nonce] += 1;
    }
}
