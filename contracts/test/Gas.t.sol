// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LibraryHarness} from "../harness/LibraryHarness.sol";
import {Turn} from "../src/types/Commit.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title L1 gas, kept in snapshots/ and compared to the last unit
/// @dev `first` is a network's first lap through the ring of payouts, where every packet takes new slots;
/// `later` is every other lap, the steady state. A payload is two transactions of 110 bytes.
contract GasTest is NetworkTest {
    string private constant GROUP = "commit";
    uint256 private constant PAYOUTS_SLOT = 3;

    function test_gas_of_4_seats() public {
        measure(4);
    }

    function test_gas_of_32_seats() public {
        measure(32);
    }

    function test_gas_of_128_seats() public {
        measure(128);
    }

    function test_gas_of_absent_members() public {
        bootstrap(1, 128);
        commitNext();
        fillRing();
        bytes memory payload = makePayload(2, 110);
        Turn memory turn = seal(makeHeader(payload), payload, 0, 12);
        commitOne(turn);
        vm.snapshotGasLastCall(GROUP, "n128_k1_later_12_newly_absent");

        turn = seal(makeHeader(payload), payload, 0, 12);
        startFromKnown(turn.packets[0].quorum);
        commitOne(turn);
        vm.snapshotGasLastCall(GROUP, "n128_k1_later_12_still_absent");

        turn = seal(makeHeader(payload), payload, 0, 42);
        commitOne(turn);
        vm.snapshotGasLastCall(GROUP, "n128_k1_later_42_newly_absent");
    }

    function test_gas_of_the_worst_quorum_of_512_seats() public {
        bootstrap(1, 512);
        bytes memory payload = makePayload(2, 110);
        commitOne(seal(makeHeader(payload), payload, 0, 170));
        vm.assertLe(vm.snapshotGasLastCall(GROUP, "n512_k1_first_170_newly_absent"), 5_000_000);
    }

    function test_gas_of_a_large_payload() public {
        bootstrap(1, 4);
        bytes memory payload = makeLargePayload(1400, 183);
        vm.assertEq(payload.length, 5 + 1400 * 187);
        commitOne(seal(makeHeader(payload), payload, 0, 0));
        vm.snapshotGasLastCall(GROUP, "n4_k1_first_1400_transactions_of_183_bytes");
        bytes memory code = Artifacts.codeIn(Artifacts.TESTED, "LibraryHarness", "");
        LibraryHarness harness = LibraryHarness(Artifacts.create(code));
        // Beside the 40 gas a byte that calldata costs at least.
        vm.assertLe(this.gasOfHashes(harness, payload), 3_000_000);
    }

    function test_gas_of_the_election() public {
        deploy(makeConfig(8, 128));
        for (uint256 i = 0; i < 1024; ++i) {
            registerSeat(SEAT_SECRET + i, uint32(i), 1 ether);
        }
        vm.snapshotGasLastCall("election", "register_seat");
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        vm.snapshotGasLastCall("election", "freeze_1024_seats");
        openEpoch();
        vm.snapshotGasLastCall("election", "open_epoch_1024_seats_of_8_committees");
        openCommittee(0);
        vm.snapshotGasLastCall("election", "open_committee_128_seats");
    }

    /// With a memory of its own.
    function gasOfHashes(LibraryHarness harness, bytes calldata payload)
        external
        view
        returns (uint256)
    {
        uint256 before = gasleft();
        harness.computeTransactionsRoot(payload);
        keccak256(payload);
        return before - gasleft();
    }

    function measure(uint64 size) private {
        bootstrap(5, size);
        string memory name = string.concat("n", vm.toString(size));
        measureCommit(1, string.concat(name, "_k1_first"));
        measureCommit(5, string.concat(name, "_k5_first"));
        fillRing();
        measureCommit(1, string.concat(name, "_k1_later"));
        measureCommit(5, string.concat(name, "_k5_later"));
        measureCommit(10, string.concat(name, "_k10_later"));
    }

    /// One turn of `count` packets, each from its committee's last signer set if it has one.
    function measureCommit(uint256 count, string memory name) private {
        uint64 number = sc.head().number + 1;
        Turn[] memory turns = makeChain(count, makePayload(2, 110));
        for (uint256 i = 0; i < count; ++i) {
            uint32 committee = uint32(committeeOf(number + i, 0));
            bool isKnown = sc.knownSignerSet(epoch, committee) != 0 || i >= 5;
            if (isKnown) startFromKnown(turns[i].packets[0].quorum);
        }
        sc.commit(number, join(turns));
        vm.snapshotGasLastCall(GROUP, name);
    }

    /// Fills the next slots of the ring as an earlier lap did.
    function fillRing() private {
        for (uint256 slot = 0; slot < 20; ++slot) {
            uint256 base = uint256(keccak256(abi.encode(slot, PAYOUTS_SLOT)));
            vm.store(address(sc), bytes32(base), keccak256("record"));
            bytes32 paid = bytes32(uint256(1 gwei) << 160 | uint160(PRODUCER));
            vm.store(address(sc), bytes32(base + 1), paid);
        }
        vm.assertEq(sc.payoutAt(19).unclaimed, 1 gwei);
    }

    function makeLargePayload(uint256 count, uint256 size) private pure returns (bytes memory) {
        bytes memory one = new bytes(size + 4);
        one[3] = bytes1(uint8(size));
        for (uint256 i = 4; i < one.length; ++i) {
            one[i] = bytes1(uint8(1 + i % 255));
        }
        bytes memory payload = abi.encodePacked(bytes1(0x01), uint32(count));
        // Doubled, as a test pays for each copy.
        for (uint256 left = count; left > 0; left /= 2) {
            if (left % 2 == 1) payload = bytes.concat(payload, one);
            one = bytes.concat(one, one);
        }
        return payload;
    }
}
