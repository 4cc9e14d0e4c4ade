// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IInbox} from "../src/interfaces/IInbox.sol";
import {IStateContract} from "../src/interfaces/IStateContract.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {Charge, Turn} from "../src/types/Commit.sol";
import {Config} from "../src/types/Config.sol";
import {Header} from "../src/types/Header.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title Blob mode, the inbox, the escape and the guard of a reset
/// @dev Forge drops the blobs of a call that is a transaction of its own.
/// forge-config: default.isolate = false
contract DataTest is NetworkTest, IInbox {
    error NotDue(uint64 parentCount, uint64 count, uint64 l1Number);

    /// Messages that a packet must have consumed.
    uint64 private dueCount;
    bool private hasInbox;

    function inboxOf() internal view override returns (address) {
        return hasInbox ? address(this) : address(0);
    }

    /// @inheritdoc IInbox
    function hashAfter(uint64 parentCount, uint64 count, uint64 l1Number)
        external
        view
        override
        returns (bytes32)
    {
        if (count < dueCount || count < parentCount) {
            revert NotDue(parentCount, count, l1Number);
        }
        return keccak256(abi.encode("inbox", count));
    }

    function test_data_anchor_has_the_blobs_of_its_transaction() public {
        bootstrapBlobs(2);
        setBlobs(1);
        Turn[] memory turns = makeData(2, 1);
        sc.commit(1, join(turns));
        vm.assertEq(sc.head().number, 2);
        vm.assertEq(sc.head().turns, 1);
    }

    function test_second_anchor_takes_the_next_blobs_also_where_the_first_is_committed() public {
        bootstrapBlobs(1);
        Turn[] memory turns = makeData(2, 2);
        setBlobs(4);
        Turn[] memory first = new Turn[](1);
        first[0] = turns[0];
        sc.commit(1, first);
        sc.commit(1, turns);
        vm.assertEq(sc.head().number, 2);
        vm.assertEq(sc.head().turns, 2);
    }

    function test_blobs_of_another_anchor() public {
        bootstrapBlobs(1);
        Turn[] memory turns = makeData(1, 1);
        bytes32[] memory others = new bytes32[](1);
        others[0] = blobHashes(7, 1)[0];
        vm.blobhashes(others);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.InvalidSignature.selector));
        sc.commit(1, turns);
        vm.blobhashes(new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(Encoding.BlobMissing.selector, 0));
        sc.commit(1, turns);
    }

    function test_batch_that_ends_before_its_anchor() public {
        bootstrapBlobs(2);
        setBlobs(1);
        Turn[] memory turns = new Turn[](1);
        turns[0] = makeData(2, 1)[0];
        vm.expectRevert(abi.encodeWithSelector(IStateContract.DataMissing.selector, 1));
        sc.commit(1, turns);
    }

    function test_blobs_belong_to_anchors_alone() public {
        bootstrapBlobs(2);
        setBlobs(2);
        Turn[] memory turns = join(makeData(2, 1));
        turns[0].packets[0].statement.blobCount = 1;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongBlobCount.selector, 1, 1));
        sc.commit(1, turns);
        turns = join(makeData(2, 1));
        turns[0].packets[1].statement.blobCount = 0;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongBlobCount.selector, 2, 0));
        sc.commit(1, turns);
        turns = join(makeData(2, 1));
        turns[0].packets[1].payload = hex"01";
        vm.expectRevert(abi.encodeWithSelector(IStateContract.PayloadTooLarge.selector, 0, 1));
        sc.commit(1, turns);
    }

    function test_blobs_in_calldata_mode() public {
        bootstrap(1, 4);
        bytes memory payload = makePayload(1, 50);
        Turn memory turn = seal(makeHeader(payload), payload, 0, 0);
        turn.packets[0].statement.blobCount = 1;
        refuse(turn, abi.encodeWithSelector(IStateContract.WrongBlobCount.selector, 1, 1));
    }

    function test_refund_counts_blobs_at_a_capped_price() public {
        bootstrapBlobs(1);
        setBlobs(1);
        uint256 price = block.blobbasefee < config.refundGasPriceCap
            ? block.blobbasefee
            : config.refundGasPriceCap;
        uint256 before = sc.feeAccount(PRODUCER).balance;
        sc.commit(1, makeData(1, 1));
        // The gas price of the test's transactions is zero; the pot is 1 gwei x 15 M gas.
        vm.assertEq(before - sc.feeAccount(PRODUCER).balance, 131_072 * price + 0.015 ether);
    }

    function test_payloads_that_fill_the_blobs_are_configured() public {
        Config memory other = makeConfig(1, 4);
        other.dataAnchorInterval = 4;
        // 17 bytes beside the payloads, 4 for each, in 6 · 4096 elements of 31 bytes.
        other.maxPayloadBytes = 190_455;
        deploy(other);
        vm.assertEq(sc.head().number, 0);
    }

    function test_inbox_is_asked_and_its_hash_is_signed() public {
        hasInbox = true;
        bootstrap(1, 4);
        Header memory header = commitConsuming(0);
        vm.assertEq(sc.inboxCount(), 0);
        header = commitConsuming(3);
        vm.assertEq(sc.inboxCount(), 3);
        vm.assertEq(header.inboxHash, this.hashAfter(0, 3, 0));
    }

    function test_packets_of_one_anchor_ask_the_inbox_about_each_that_consumes() public {
        hasInbox = true;
        bootstrap(1, 4);
        uint64[4] memory counts = [uint64(0), 0, 2, 2];
        Turn[] memory turns = new Turn[](4);
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        for (uint256 i = 0; i < 4; ++i) {
            header.inboxCount = counts[i];
            header.inboxHash = this.hashAfter(0, counts[i], 0);
            turns[i] = seal(header, payload, 0, 0);
            header = makeHeaderOn(
                header.number, digestOf(header), header.postStateRoot, header.baseFee, payload
            );
        }
        sc.commit(1, turns);
        vm.assertEq(sc.inboxCount(), 2);
    }

    function test_message_that_is_due_and_left_out() public {
        hasInbox = true;
        bootstrap(1, 4);
        dueCount = 1;
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        refuse(
            seal(header, payload, 0, 0),
            abi.encodeWithSelector(NotDue.selector, 0, 0, header.l1Number)
        );
        commitConsuming(1);
        vm.assertEq(sc.head().number, 1);
    }

    function test_messages_of_a_network_without_inbox() public {
        bootstrap(1, 4);
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        header.inboxCount = 1;
        refuse(
            seal(header, payload, 0, 0), abi.encodeWithSelector(IStateContract.NoInbox.selector, 1)
        );
    }

    function test_reset_takes_consumed_messages_back() public {
        hasInbox = true;
        bootstrap(1, 4);
        Header memory first = commitConsuming(1);
        bytes memory payload = makePayload(1, 50);
        Header memory second = makeHeader(payload);
        second.inboxCount = 3;
        second.inboxHash = this.hashAfter(0, 3, 0);
        Turn memory turn = seal(second, payload, 0, 0);
        commitOne(turn);
        isInvalid[digestOf(second)] = true;
        sc.reset(abi.encode(second), abi.encode(first), proofOf(1, turn, second, 0.00375 ether));
        vm.assertEq(sc.inboxCount(), 1);
    }

    function test_invalid_packet_does_not_come_back_after_a_reset() public {
        bootstrap(1, 4);
        bytes memory payload = makePayload(1, 50);
        Header memory header = makeHeader(payload);
        Turn memory turn = seal(header, payload, 0, 0);
        commitOne(turn);
        bytes32 digest = digestOf(header);
        isInvalid[digest] = true;
        sc.reset(abi.encode(header), "", proofOf(0, turn, header, 0.00375 ether));
        refuse(turn, abi.encodeWithSelector(IStateContract.PacketIsInvalid.selector, digest));
        Header memory other = makeHeader(payload);
        other.postStateRoot = keccak256("the right one");
        commitOne(seal(other, payload, 0, 0));
        vm.assertEq(sc.head().number, 1);
        vm.assertEq(sc.head().guardedNumber, 1);
    }

    function test_escape_opens_after_the_silence_and_ends_all_commits() public {
        bootstrap(1, 4);
        Header memory header = commitNext();
        bytes32 tipHash = sc.head().tipHash;
        uint256 dueTime = header.timestamp + 6 hours + config.escapeSeconds;
        vm.warp(dueTime - 1);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.EscapeNotDue.selector, dueTime));
        sc.openEscape(tipOf(tipHash));
        vm.warp(dueTime);
        firstOpenAppeal = 1;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.AppealIsOpen.selector));
        sc.openEscape(tipOf(tipHash));
        firstOpenAppeal = type(uint64).max;
        bytes32 genesisHash = sc.genesisHash();
        vm.expectRevert(abi.encodeWithSelector(IStateContract.WrongTip.selector, tipHash));
        sc.openEscape(tipOf(genesisTip(genesisHash)));
        vm.assertEq(sc.escapeRoot(), 0);
        sc.openEscape(tipOf(tipHash));
        vm.assertEq(sc.escapeRoot(), header.postStateRoot);
        vm.expectRevert(abi.encodeWithSelector(IStateContract.EscapeIsOpen.selector));
        sc.openEscape(tipOf(tipHash));
        bytes memory payload = makePayload(1, 50);
        refuse(
            seal(makeHeader(payload), payload, 0, 0),
            abi.encodeWithSelector(IStateContract.EscapeIsOpen.selector)
        );
        vm.expectRevert(abi.encodeWithSelector(IStateContract.EscapeIsOpen.selector));
        sc.reset("", "", "");
    }

    function test_tip_that_is_not_the_heads() public {
        bootstrap(1, 4);
        bytes memory payload = makePayload(1, 50);
        Turn memory turn = seal(makeHeader(payload), payload, 0, 0);
        turn.parent.stateRoot = keccak256("another");
        refuse(turn, abi.encodeWithSelector(IStateContract.WrongTip.selector, sc.head().tipHash));
    }

    function test_charges_are_paid_for_their_contract_alone() public {
        bootstrap(1, 4);
        Charge memory charge;
        vm.expectRevert(abi.encodeWithSelector(IStateContract.NotCharges.selector, address(this)));
        sc.payCharge(charge);
    }

    function genesisTip(bytes32 genesisHash) private view returns (bytes32) {
        return keccak256(abi.encode(genesisHash, keccak256("genesis state"), config.genesisBaseFee));
    }

    /// Commits a packet after which `count` messages are consumed.
    function commitConsuming(uint64 count) private returns (Header memory header) {
        bytes memory payload = makePayload(1, 50);
        header = makeHeader(payload);
        header.inboxCount = count;
        header.inboxHash = this.hashAfter(0, count, 0);
        commitOne(seal(header, payload, 0, 0));
    }

    function bootstrapBlobs(uint64 interval) private {
        dataAnchorInterval = interval;
        bootstrap(1, 4);
    }

    function setBlobs(uint256 count) private {
        vm.blobhashes(blobHashes(0, count));
    }

    function blobHashes(uint256 first, uint256 count)
        private
        pure
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            // A versioned hash starts with 1.
            hashes[i] = keccak256(abi.encode("blob", first + i)) >> 8 | bytes32(bytes1(0x01));
        }
    }

    /// Turns of one packet each, whose anchors take `blobs` of the transaction's blobs each.
    function makeData(uint256 count, uint64 blobs) private returns (Turn[] memory turns) {
        bytes memory payload = makePayload(1, 50);
        turns = new Turn[](count);
        Header memory header = makeHeader(payload);
        uint256 taken = 0;
        for (uint256 i = 0; i < count; ++i) {
            bool isAnchor = header.number % config.dataAnchorInterval == 0;
            if (isAnchor) {
                header.dataHash = keccak256(abi.encodePacked(blobHashes(taken, blobs)));
                taken += blobs;
            }
            turns[i] = makeTurn(header, 0, 0, 1);
            turns[i].packets[0].statement.blobCount = isAnchor ? blobs : 0;
            header = makeHeaderOn(
                header.number, digestOf(header), header.postStateRoot, header.baseFee, payload
            );
        }
    }
}
