// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IManagementContract} from "../src/interfaces/IManagementContract.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Committees} from "../src/libraries/Committees.sol";
import {L1Headers} from "../src/libraries/L1Headers.sol";
import {PackedIds} from "../src/libraries/PackedIds.sol";
import {Config} from "../src/types/Config.sol";
import {Epoch, FrozenTable, Member, Role} from "../src/types/Election.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title Members, tables, epochs and committees
contract ManagementTest is NetworkTest {
    address private constant STRANGER = address(0xabba);
    uint64 private constant M = 2;
    uint64 private constant N = 3;
    uint32 private constant SEATS = 6;

    function setUp() public {
        deploy(makeConfig(M, N));
        for (uint32 i = 0; i < SEATS; ++i) {
            registerSeat(SEAT_SECRET + i, i, 1 ether);
        }
    }

    function test_registration_takes_a_position() public view {
        G1Point memory key = Signer.keyOf(SEAT_SECRET);
        vm.assertEq(mc.idOf(BLS.hashKey(key)), 1);
        Member memory member = mc.memberOf(1);
        vm.assertEq(member.operator, address(this));
        vm.assertEq(member.stake, 1 ether);
        vm.assertEq(member.keyHash, BLS.hashKey(key));
        vm.assertEq(mc.tableOf(Role.Endorser)[0], 1);
        vm.assertEq(mc.tableOf(Role.Endorser).length, SEATS);
    }

    function test_key_is_registered_once_in_whichever_role() public {
        G1Point memory key = Signer.keyOf(SEAT_SECRET);
        G2Point memory proof = proveFor(address(this), SEAT_SECRET);
        bytes memory refusal = abi.encodeWithSelector(
            IManagementContract.KeyAlreadyRegistered.selector, BLS.hashKey(key)
        );
        vm.deal(address(this), 10 ether);
        vm.expectRevert(refusal);
        mc.registerSeat{value: 2 ether}(key, proof, 1);
        vm.expectRevert(refusal);
        mc.registerProducer{value: 2 ether}(key, proof, 0);
    }

    function test_possession_is_bound_to_the_operator() public {
        G1Point memory key = Signer.keyOf(42);
        G2Point memory proof = proveFor(address(1), 42);
        vm.deal(address(this), 10 ether);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.InvalidPossessionProof.selector));
        mc.registerProducer{value: 2 ether}(key, proof, 0);
    }

    function test_key_at_infinity_is_refused() public {
        G1Point memory key;
        G2Point memory proof = proveFor(address(this), 42);
        vm.deal(address(this), 10 ether);
        vm.expectRevert(abi.encodeWithSelector(BLS.PointAtInfinity.selector));
        mc.registerProducer{value: 2 ether}(key, proof, 0);
    }

    function test_position_has_its_price() public {
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.StakeTooLow.selector, 2 ether - 1, 2 ether)
        );
        this.producerWith(2 ether - 1, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IManagementContract.StakeTooLow.selector, 1.1 ether - 1, 1.1 ether
            )
        );
        this.strangersSeat(500, 1.1 ether - 1, 3);
        // Its own operator brings no margin.
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.StakeTooLow.selector, 1 ether - 1, 1 ether)
        );
        this.seatWith(1 ether - 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.NoSuchPosition.selector, SEATS));
        this.seatWith(9 ether, SEATS);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.NoSuchPosition.selector, 64));
        this.producerWith(9 ether, 64);
    }

    function test_entrant_displaces_by_the_margin() public {
        uint32 id = this.strangersSeat(500, 1.1 ether, 3);
        vm.assertEq(mc.tableOf(Role.Endorser)[3], id);
        vm.assertEq(mc.memberOf(4).leftBlock, vm.getBlockNumber());
        vm.assertEq(mc.priceOf(Role.Endorser, 3), 1.21 ether);
    }

    function test_top_up_raises_the_price_of_the_position() public {
        vm.deal(address(this), 1 ether);
        mc.topUp{value: 1 ether}(1);
        vm.assertEq(mc.memberOf(1).stake, 2 ether);
        vm.prank(STRANGER);
        vm.assertEq(mc.priceOf(Role.Endorser, 0), 2.2 ether);
        vm.assertEq(mc.priceOf(Role.Endorser, 0), 2 ether);
        mc.leaveTable(1);
        vm.deal(address(this), 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.AlreadyLeft.selector, 1));
        mc.topUp{value: 1 ether}(1);
    }

    function test_only_the_operator_leaves_and_only_once() public {
        vm.prank(address(1));
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.NotOperator.selector, 1));
        mc.leaveTable(1);
        mc.leaveTable(1);
        vm.assertEq(mc.tableOf(Role.Endorser)[0], 0);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.AlreadyLeft.selector, 1));
        mc.leaveTable(1);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.NoSuchMember.selector, 99));
        mc.leaveTable(99);
    }

    function test_member_of_no_epoch_exits_after_the_delay() public {
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.StillInTable.selector, 1));
        mc.startExit(1);
        mc.leaveTable(1);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.StakeLocked.selector, 1, 0));
        mc.withdrawStake(1);
        mc.startExit(1);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.ExitAlreadyStarted.selector, 1));
        mc.startExit(1);

        uint256 exitBlock = vm.getBlockNumber() + config.exitDelay;
        vm.roll(exitBlock - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.StakeLocked.selector, 1, exitBlock)
        );
        mc.withdrawStake(1);
        vm.roll(exitBlock);
        uint256 before = address(this).balance;
        mc.withdrawStake(1);
        vm.assertEq(address(this).balance - before, 1 ether);
        mc.withdrawStake(1);
        vm.assertEq(address(this).balance - before, 1 ether);
    }

    function test_member_of_an_epoch_exits_when_the_next_one_is_active() public {
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        mc.leaveTable(1);
        bytes memory refusal = abi.encodeWithSelector(IManagementContract.StillInEpoch.selector, 1);
        vm.expectRevert(refusal);
        mc.startExit(1);
        openEpochWith(frozenIds());
        vm.expectRevert(refusal);
        mc.startExit(1);

        registerSeat(500, 0, 1 ether);
        mine(config.epochBlocks);
        mc.freeze();
        vm.expectRevert(refusal);
        mc.startExit(1);
        openEpoch();
        vm.expectRevert(refusal);
        mc.startExit(1);
        mine(1);
        mc.startExit(1);
        vm.assertEq(mc.memberOf(1).exitBlock, vm.getBlockNumber() + config.exitDelay);
    }

    function test_freeze_waits_for_full_tables_and_the_boundary() public {
        bytes memory refusal =
            abi.encodeWithSelector(IManagementContract.FreezeNotDue.selector, mc.boundary());
        vm.expectRevert(refusal);
        mc.freeze();
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.leaveTable(2);
        vm.assertEq(mc.frozenTable().freezeBlock, vm.getBlockNumber());

        openEpochWith(frozenIds());
        uint64 boundary = mc.boundary();
        vm.assertEq(boundary, 160);
        vm.roll(boundary);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.FreezeNotDue.selector, boundary));
        mc.freeze();
        registerSeat(500, 1, 1 ether);
        vm.roll(boundary - 1);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.FreezeNotDue.selector, boundary));
        mc.freeze();
        vm.roll(boundary);
        mc.freeze();
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.FreezeNotDue.selector, mc.boundary())
        );
        mc.freeze();
    }

    function test_changes_after_the_freeze_wait() public {
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        uint256[] memory frozen = frozenIds();
        FrozenTable memory table = mc.frozenTable();
        registerSeat(500, 0, 1.1 ether);
        registerProducer(address(7), 501, 1, 5 ether);
        vm.assertEq(mc.frozenTable().seatsHash, table.seatsHash);
        vm.assertEq(mc.frozenTable().scheduleRoot, table.scheduleRoot);
        vm.assertEq(mc.frozenTable().totalStake, 2 ether);
        openEpochWith(frozen);
        Epoch memory opened = mc.epochOf(1);
        vm.assertEq(opened.seed, seed);
        vm.assertEq(opened.scheduleRoot, table.scheduleRoot);
        vm.assertEq(opened.activationBlock, vm.getBlockNumber() + config.activationDelay);
    }

    function test_epoch_opens_only_with_the_seed_blocks_header_and_the_frozen_seats() public {
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.NothingFrozen.selector));
        mc.openEpoch("", new uint256[](1));
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        uint64 seedBlock = mc.seedBlock();
        vm.assertEq(seedBlock, vm.getBlockNumber() + config.seedDelay);
        uint256[] memory words = PackedIds.pack(frozenIds(), 0, SEATS);
        bytes memory headerRlp = makeHeaderRlp(keccak256("randao"));

        mine(config.seedDelay);
        vm.expectRevert(abi.encodeWithSelector(L1Headers.BlockNotServed.selector, seedBlock));
        mc.openEpoch(headerRlp, words);
        mine(1);
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.WrongSeedHeader.selector, seedBlock)
        );
        mc.openEpoch(headerRlp, words);
        setBlockHash(seedBlock, keccak256(headerRlp));
        words[0] ^= 1;
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.WrongMembers.selector));
        mc.openEpoch(headerRlp, words);
        words[0] ^= 1;
        mc.openEpoch(headerRlp, words);
        vm.assertEq(mc.epochOf(1).seed, keccak256("randao"));
    }

    function test_seed_moves_up_the_ladder_when_its_block_is_no_longer_served() public {
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        uint64 first = mc.seedBlock();
        vm.roll(first + 8191);
        vm.assertEq(mc.seedBlock(), first);
        vm.roll(first + 8192);
        vm.assertEq(mc.seedBlock(), first + 4096);
        vm.roll(first + 4096 + 8191);
        vm.assertEq(mc.seedBlock(), first + 4096);
        vm.roll(first + 4096 + 8192);
        vm.assertEq(mc.seedBlock(), first + 2 * 4096);
    }

    function test_committee_opens_once_with_its_members_and_keys() public {
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        openEpoch();
        uint256[] memory members = membersOf(1);
        G1Point[] memory keys = new G1Point[](N);
        for (uint256 i = 0; i < N; ++i) {
            keys[i] = Signer.keyOf(secretAt(1, i));
        }
        bytes memory refusal = abi.encodeWithSelector(IManagementContract.WrongMembers.selector);
        vm.expectRevert(refusal);
        mc.openCommittee(1, 0, members, keys);
        vm.expectRevert(refusal);
        mc.openCommittee(1, uint32(M), members, keys);
        vm.expectRevert(refusal);
        mc.openCommittee(1, 1, members, new G1Point[](N - 1));
        G1Point memory key = keys[0];
        keys[0] = keys[1];
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.WrongKey.selector, uint32(order[N]))
        );
        mc.openCommittee(1, 1, members, keys);
        keys[0] = key;
        vm.assertFalse(mc.isCommitteeOpen(1, 1));
        mc.openCommittee(1, 1, members, keys);
        vm.assertTrue(mc.isCommitteeOpen(1, 1));
        vm.assertFalse(mc.isCommitteeOpen(1, 0));

        // Neither again, nor with the words under its hash taken for ids.
        refusal = abi.encodeWithSelector(IManagementContract.CommitteeIsOpen.selector, 1, 1);
        vm.expectRevert(refusal);
        mc.openCommittee(1, 1, members, keys);
        members = openedWords(1, members, keys);
        vm.assertEq(mc.committeeHash(1, 1), PackedIds.hash(members));
        vm.expectRevert(refusal);
        mc.openCommittee(1, 1, members, keys);
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.EpochNotKept.selector, 2));
        mc.openCommittee(2, 1, members, keys);
    }

    function test_last_four_epochs_are_kept() public {
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        uint64[6] memory activations;
        for (uint64 i = 1; i <= 5; ++i) {
            mc.freeze();
            openEpoch();
            activations[i] = mc.epochOf(i).activationBlock;
            mine(config.epochBlocks);
        }
        vm.expectRevert(abi.encodeWithSelector(IManagementContract.EpochNotKept.selector, 1));
        mc.epochOf(1);
        for (uint64 i = 2; i <= 5; ++i) {
            (uint64 found,) = mc.epochAt(activations[i]);
            vm.assertEq(found, i);
        }
        (uint64 number,) = mc.epochAt(activations[3] - 1);
        vm.assertEq(number, 2);
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.NoActiveEpoch.selector, activations[2] - 1)
        );
        mc.epochAt(activations[2] - 1);
    }

    function test_parameters_outside_their_ranges() public {
        Config memory bad = makeConfig(0, 4);
        expectInvalid(bad, "committees");
        bad = makeConfig(65, 4);
        expectInvalid(bad, "committees");
        bad = makeConfig(2, 0);
        expectInvalid(bad, "committeeSize");
        bad = makeConfig(2, 1025);
        expectInvalid(bad, "committeeSize");
        bad = makeConfig(2, 4);
        bad.exitDelay = bad.evidenceWindow;
        expectInvalid(bad, "exitDelay");
        bad = makeConfig(2, 4);
        bad.seatPrice = 0;
        expectInvalid(bad, "seatPrice");
        bad = makeConfig(2, 4);
        bad.producerStake = 0;
        expectInvalid(bad, "producerStake");
        bad = makeConfig(2, 4);
        bad.epochBlocks = 0;
        expectInvalid(bad, "epochBlocks");
        bad = makeConfig(2, 4);
        bad.seedDelay = 0;
        expectInvalid(bad, "seedDelay");
    }

    function producerWith(uint256 stake, uint32 position) external {
        registerWith(stake, position, Role.Producer);
    }

    function seatWith(uint256 stake, uint32 position) external {
        registerWith(stake, position, Role.Endorser);
    }

    function registerWith(uint256 stake, uint32 position, Role role) private {
        G1Point memory key = Signer.keyOf(600);
        G2Point memory proof = proveFor(address(this), 600);
        vm.deal(address(this), stake);
        if (role == Role.Producer) {
            mc.registerProducer{value: stake}(key, proof, position);
        } else {
            mc.registerSeat{value: stake}(key, proof, position);
        }
    }

    /// Registers a seat for another operator than the test's.
    function strangersSeat(uint256 secret, uint256 stake, uint32 position)
        external
        returns (uint32)
    {
        G1Point memory key = Signer.keyOf(secret);
        bytes32 message = mc.possessionMessage(STRANGER, BLS.hashKey(key));
        G2Point memory proof = Signer.prove(secret, message);
        vm.deal(STRANGER, stake);
        vm.prank(STRANGER);
        return mc.registerSeat{value: stake}(key, proof, position);
    }

    function expectInvalid(Config memory bad, string memory parameter) private {
        bytes memory code =
            Artifacts.codeOf("ManagementContract", abi.encode(bad, address(0), address(0)));
        vm.expectRevert(
            abi.encodeWithSelector(IManagementContract.InvalidConfig.selector, parameter)
        );
        Artifacts.create(code);
    }

    function openEpochWith(uint256[] memory ids) private {
        uint64 seedBlock = mc.seedBlock();
        mine(seedBlock + 1 - vm.getBlockNumber());
        seed = keccak256(abi.encode("seed", seedBlock));
        bytes memory headerRlp = makeHeaderRlp(seed);
        setBlockHash(seedBlock, keccak256(headerRlp));
        mc.openEpoch(headerRlp, PackedIds.pack(ids, 0, ids.length));
    }

    function frozenIds() private pure returns (uint256[] memory ids) {
        ids = new uint256[](SEATS);
        for (uint256 i = 0; i < SEATS; ++i) {
            ids[i] = i + 1;
        }
    }

    function proveFor(address operator, uint256 secret) private view returns (G2Point memory) {
        bytes32 keyHash = BLS.hashKey(Signer.keyOf(secret));
        return Signer.prove(secret, mc.possessionMessage(operator, keyHash));
    }

    function openedWords(uint256 index, uint256[] memory members, G1Point[] memory keys)
        private
        view
        returns (uint256[] memory words)
    {
        G1Point memory sum;
        for (uint256 i = 0; i < keys.length; ++i) {
            BLS.addTo(sum, keys[i]);
        }
        bytes32 epochHash = Committees.hashEpoch(epoch, election);
        bytes memory encoded =
            abi.encode(epochHash, index, PackedIds.hash(members), keccak256(""), sum);
        words = new uint256[](encoded.length / 32);
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(encoded, mul(32, add(i, 1))))
            }
            words[i] = word;
        }
    }
}
