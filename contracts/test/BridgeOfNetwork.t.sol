// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../src/interfaces/IBridge.sol";
import {IMessageInbox} from "../src/interfaces/IMessageInbox.sol";
import {Merkle} from "../src/libraries/Merkle.sol";
import {Messages} from "../src/libraries/Messages.sol";
import {PackedIds} from "../src/libraries/PackedIds.sol";
import {Payouts} from "../src/libraries/Payouts.sol";
import {FastPayout, MessageProof, Withdrawal} from "../src/types/Bridge.sol";
import {PayoutPart, Turn, WithdrawalsProof} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title An account whose nonce counts what it creates, and nothing else
contract Deployer {
    function create(bytes calldata code) external payable returns (address deployed) {
        bytes memory copied = code;
        assembly ("memory-safe") {
            deployed := create(callvalue(), add(copied, 32), mload(copied))
        }
        require(deployed != address(0), "not deployed");
    }
}

/// @title Inbox and bridge with the State Contract, its reader and its resets
contract BridgeOfNetworkTest is NetworkTest {
    address private constant ALICE = 0xa11ce00000000000000000000000000000000001;
    address private constant BOB = 0xb0b0000000000000000000000000000000000002;
    uint256 private constant GENESIS_FUNDS = 10 ether;
    uint64 private constant LEAST_GAS = 21_000;

    IMessageInbox private inbox;
    IBridge private bridge;
    address private predictedInbox;

    function setUp() public {
        Deployer deployer = new Deployer();
        predictedInbox = vm.computeCreateAddress(address(deployer), 1);
        address predictedBridge = vm.computeCreateAddress(address(deployer), 2);
        bootstrap(1, 4);
        bytes memory arguments = abi.encode(config, sc, predictedBridge);
        inbox = IMessageInbox(deployer.create(Artifacts.codeOf("Inbox", arguments)));
        arguments = abi.encode(config, sc, address(this), inbox);
        bytes memory code = Artifacts.codeOf("Bridge", arguments);
        bridge = IBridge(deployer.create{value: GENESIS_FUNDS}(code));
        vm.assertEq(address(inbox), predictedInbox);
        vm.assertEq(address(bridge), predictedBridge);
        vm.deal(ALICE, 100 ether);
        vm.deal(BOB, 1 ether);
    }

    function test_a_packet_consumes_a_deposit_and_pays_a_withdrawal() public {
        deposit(2 ether);
        Withdrawal memory withdrawal = Withdrawal(0, ALICE, BOB, 0.5 ether, 30_000, "");
        MessageProof memory proof = commitPacket(withdrawal, 1);
        vm.assertEq(sc.head().inboxCount, 1);
        uint256 before = BOB.balance;
        bridge.withdrawFast(withdrawal, proof, 0);
        vm.assertEq(BOB.balance, before + 0.5 ether);
        vm.assertEq(bridge.owed(), GENESIS_FUNDS + 2 ether - 0.5 ether);
    }

    function test_a_packet_without_a_due_message_is_refused() public {
        deposit(1 ether);
        mine(config.forcedInclusionDelay + 1);
        bytes memory payload = makePayload(1, 100);
        Header memory header = makeHeader(payload);
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(IMessageInbox.MessageIsDue.selector, 0)
        );
        commitPacket(Withdrawal(0, ALICE, BOB, 1, 30_000, ""), 1);
    }

    function test_a_reset_takes_messages_and_payouts_back() public {
        deposit(1 ether);
        commitPacket(Withdrawal(0, ALICE, BOB, 1, 30_000, ""), 0);
        Header memory parent = lastHeader;
        Withdrawal memory bad = Withdrawal(5, ALICE, BOB, 0.5 ether, 30_000, "");
        MessageProof memory proof = commitPacket(bad, 1);
        Header memory header = lastHeader;
        bytes32 digest = digestOf(header);
        bridge.withdrawFast(bad, proof, 3);
        isInvalid[digest] = true;
        sc.reset(
            abi.encode(header),
            abi.encode(parent),
            proofOf(1, abi.decode(lastTurn, (Turn)), header, 0)
        );
        vm.assertEq(sc.head().inboxCount, 0);
        bridge.reclaim(3, FastPayout(5, proof.number, digest, 0.5 ether), proof.packet);
        vm.assertFalse(bridge.isPaid(5));

        // The honest packet in its place consumes the message again and has the nonce.
        Withdrawal memory good = Withdrawal(5, ALICE, BOB, 0.25 ether, 30_000, "");
        proof = commitPacket(good, 1);
        vm.assertEq(sc.head().inboxCount, 1);
        mine(config.appealWindow);
        bridge.withdraw(good, proof);
        inbox.release(abi.encode(lastHeader), proof.packet);
        vm.assertEq(inbox.releasedCount(), 1);
    }

    function test_gas_of_doors() public {
        commitPacket(Withdrawal(0, ALICE, BOB, 1, 30_000, ""), 0);
        Withdrawal memory withdrawal = Withdrawal(1, ALICE, BOB, 1 gwei, 30_000, "");
        bridge.withdrawFast(withdrawal, commitPacket(withdrawal, 0), 0);
        mine(config.evidenceWindow);
        withdrawal.nonce = 2;
        MessageProof memory proof = commitPacket(withdrawal, 0);
        vm.prank(BOB, BOB);
        bridge.withdrawFast(withdrawal, proof, 0);
        vm.snapshotGasLastCall("bridge", "withdraw_fast");
        withdrawal.nonce = 3;
        proof = commitPacket(withdrawal, 0);
        mine(config.appealWindow);
        vm.prank(BOB, BOB);
        bridge.withdraw(withdrawal, proof);
        vm.snapshotGasLastCall("bridge", "withdraw");
    }

    Header private lastHeader;
    bytes private lastTurn;

    function inboxOf() internal view override returns (address) {
        return predictedInbox;
    }

    function deposit(uint256 mint) private {
        uint256 payment = uint256(inbox.gasPrice()) * LEAST_GAS + mint;
        vm.prank(ALICE, ALICE);
        inbox.sendMessage{value: payment}(ALICE, 0, LEAST_GAS, "", mint);
    }

    /// Commits a packet that logs one message of the outbox, after which `count` messages are consumed.
    function commitPacket(Withdrawal memory withdrawal, uint64 count)
        private
        returns (MessageProof memory proof)
    {
        mine(2);
        bytes memory payload = makePayload(1, 100);
        Header memory header = makeHeader(payload);
        header.feeGasPrice = 0;
        bytes32[] memory leaves = new bytes32[](1);
        bytes32 withdrawalHash = Messages.hashWithdrawal(config.l2ChainId, withdrawal);
        leaves[0] = Merkle.hashLeaf(
            abi.encodePacked(withdrawal.nonce, uint32(0), uint32(0), withdrawalHash)
        );
        header.withdrawalsRoot = Merkle.computeRoot(leaves);
        header.inboxHash = inbox.hashAfter(header.inboxCount, count, header.l1Number);
        header.inboxCount = count;
        Turn memory turn = seal(header, payload, 0, 0);
        uint256 slot = sc.head().turns;
        commitOne(turn);
        (lastHeader, lastTurn) = (header, abi.encode(turn));
        proof.number = header.number;
        proof.count = 1;
        proof.packet = showPacket(slot, turn, header);
    }

    function showPacket(uint256 slot, Turn memory turn, Header memory header)
        private
        view
        returns (WithdrawalsProof memory proof)
    {
        PayoutPart memory part = makePart(turn, header, 0);
        bytes32 groupHash = Payouts.hashGroup(PackedIds.hash(part.members[0]));
        bytes32 signersHash = keccak256(abi.encodePacked(part.signers));
        proof.slot = slot;
        proof.record = makeRecord(part);
        proof.digest = part.digest;
        proof.withdrawalsRoot = part.withdrawalsRoot;
        proof.feesHash =
            Payouts.hashFees(groupHash, signersHash, bytes32(0), part.share, part.submitter);
    }
}
