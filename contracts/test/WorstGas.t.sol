// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../src/interfaces/IFaultContract.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {Members, Statement} from "../src/types/Faults.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title The most that an entry can cost in the largest networks, below one limit
/// @dev The largest committee is 512 seats, the largest table 2048 seats and 64 producers. Entries whose cost does not
/// grow with the network are in Gas.t.sol.
contract WorstGasTest is NetworkTest {
    string private constant GROUP = "worst";
    uint256 private constant LIMIT = 5_000_000;
    uint32 private constant ACCUSED = 192;
    uint32 private constant PRODUCERS = 64;
    address private constant FAULTS = address(0xfa17);

    bool private hasFaultContract;

    function faultsPlace() internal view override returns (address) {
        return hasFaultContract ? FAULTS : address(this);
    }

    function test_worst_commit_of_512_seats() public {
        bootstrap(1, 512);
        bytes memory payload = makePayload(2, 110);
        commitOne(seal(makeHeader(payload), payload, 0, 170));
        keep("commit_n512_170_newly_absent");
        // All that signed are absent now, and those that were absent sign.
        mine(1);
        commitOne(seal(makeHeader(payload), payload, 0, 0));
        keep("commit_n512_all_sign_again");
    }

    function test_worst_charge_of_512_seats() public {
        bootstrap(1, 512);
        Header memory header = makeHeader(makePayload(1, 50));
        charges.charge(abi.encode(header), makeTurn(header, 0, 170, 0), 0, "");
        keep("charge_n512_170_absent");
    }

    function test_worst_epoch_of_2048_seats() public {
        deployAndFill(4, 512);
        mc.freeze();
        keep("freeze_2048_seats");
        openEpoch();
        keep("open_epoch_2048_seats_of_4_committees");
        openCommittee(0);
        keep("open_committee_512_seats");
    }

    function test_worst_epoch_of_64_committees() public {
        deployAndFill(64, 32);
        mc.freeze();
        openEpoch();
        keep("open_epoch_2048_seats_of_64_committees");
    }

    function test_worst_slash_of_192_members() public {
        deployAndFill(1, 512);
        mc.queueSlash(accusedMembers().ids, keccak256("offence"), address(this));
        keep("queue_slash_of_192_members");
        mine(config.appealWindow);
        mc.paySlash(0);
        keep("pay_slash");
    }

    function test_worst_report_of_a_contradiction_of_192_members() public {
        hasFaultContract = true;
        deployAndFill(1, 512);
        // Its constants are in its code, so that it can be moved to where the Management Contract expects it.
        bytes memory arguments =
            abi.encode(config, mc, sc.commits(), new address[](0), address(this), address(0));
        vm.etch(FAULTS, Artifacts.deploy("FaultContract", arguments).code);
        mine(2);
        Header memory header = makeHeader(makePayload(1, 50));
        Header memory rival = makeHeader(makePayload(1, 50));
        rival.postStateRoot = keccak256("rival");
        Statement memory first = Statement(abi.encode(header), 1, accusedMembers());
        // Without signers of its own: those of the first.
        Members memory nobody;
        Statement memory second = Statement(abi.encode(rival), 1, nobody);
        uint256 secrets = 0;
        for (uint256 i = 0; i < ACCUSED; ++i) {
            secrets += SEAT_SECRET + i;
        }
        G2Point memory signature = sign(secrets, header);
        BLS.addTo(signature, sign(secrets, rival));
        IFaultContract(FAULTS).reportContradiction(first, second, signature);
        keep("report_contradiction_of_192_members");
    }

    function accusedMembers() private view returns (Members memory members) {
        members.ids = new uint32[](ACCUSED);
        members.keys = new G1Point[](ACCUSED);
        for (uint32 i = 0; i < ACCUSED; ++i) {
            members.ids[i] = i + 1;
            members.keys[i] = Signer.keyOf(SEAT_SECRET + i);
        }
    }

    function sign(uint256 secrets, Header memory header) private view returns (G2Point memory) {
        return Signer.sign(secrets, Encoding.computeEndorseMessage(digestOf(header), 1));
    }

    /// A table full of seats and of producers. The last seat comes last: with it the tables can be frozen.
    function deployAndFill(uint64 committees, uint64 size) private {
        deploy(makeConfig(committees, size));
        uint32 last = uint32(committees * size - 1);
        for (uint32 i = 0; i < last; ++i) {
            registerSeat(SEAT_SECRET + i, i, 1 ether);
        }
        for (uint32 i = 0; i < PRODUCERS; ++i) {
            registerProducer(address(uint160(PRODUCER) + i), PRODUCER_SECRET + i, i, 2 ether);
        }
        registerSeat(SEAT_SECRET + last + PRODUCERS, last, 1 ether);
    }

    function keep(string memory name) private {
        vm.assertLe(vm.snapshotGasLastCall(GROUP, name), LIMIT, name);
    }
}
