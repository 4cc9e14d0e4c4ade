// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../../src/interfaces/IFaultContract.sol";
import {IFaultVerifier} from "../../src/interfaces/IFaultVerifier.sol";
import {BLS} from "../../src/libraries/BLS.sol";
import {Encoding} from "../../src/libraries/Encoding.sol";
import {Config} from "../../src/types/Config.sol";
import {Accused, Members} from "../../src/types/Faults.sol";
import {Header} from "../../src/types/Header.sol";
import {G1Point, G2Point} from "../../src/types/Points.sol";
import {Artifacts} from "./Artifacts.sol";
import {CommitsStub, SlasherStub} from "./FaultStubs.sol";
import {Signer} from "./Signer.sol";
import {vm} from "./Vm.sol";

/// @title A fault contract among stubs of the two other contracts, and members whose keys the test has
abstract contract FaultTest {
    uint32 internal constant MEMBERS = 20;
    uint64 internal constant COMMITTEES = 2;
    uint64 internal constant COMMITTEE_SIZE = 10;
    /// Nonces that `deployFaults` takes.
    uint256 internal constant DEPLOYMENT_NONCES = 5;
    uint256 internal constant BASE = 5000;
    uint64 internal constant L1_NUMBER = 1000;
    uint64 internal constant EVIDENCE_WINDOW = 60;
    uint64 internal constant L2_CHAIN_ID = 777;
    bytes32 internal constant DOMAIN = keccak256("domain");
    address internal constant APPEALS = address(0xa99ea1);

    Config internal config;
    SlasherStub internal slasher;
    CommitsStub internal commits;
    IFaultContract internal faults;

    function deployFaults(address[] memory modules, IFaultVerifier verifier) internal {
        deployFaults(modules, verifier, APPEALS);
    }

    /// Deploys three contracts and makes two calls, which in isolation count as nonces of this contract, too.
    function deployFaults(address[] memory modules, IFaultVerifier verifier, address appeals)
        internal
    {
        config.evidenceWindow = EVIDENCE_WINDOW;
        config.l2ChainId = L2_CHAIN_ID;
        config.anchorMaxAge = 64;
        config.appealWindow = 10;
        config.seatPrice = 1 ether;
        if (config.committees == 0) {
            (config.committees, config.committeeSize) = (COMMITTEES, COMMITTEE_SIZE);
        }
        slasher =
            SlasherStub(Artifacts.deployFrom(Artifacts.LOCAL, "SlasherStub", abi.encode(MEMBERS)));
        bytes memory arguments = abi.encode(DOMAIN, Encoding.hashConfig(config));
        commits = CommitsStub(Artifacts.deployFrom(Artifacts.LOCAL, "CommitsStub", arguments));
        arguments = abi.encode(config, slasher, commits, modules, appeals, verifier);
        faults = IFaultContract(Artifacts.deploy("FaultContract", arguments));
        slasher.setFaults(address(faults));
        commits.setFaults(faults);
        vm.roll(L1_NUMBER + 5);
    }

    function makeHeader() internal pure returns (Header memory header) {
        header.version = 1;
        header.number = 9;
        header.viewNumber = 4;
        header.timestamp = 1_700_000_000;
        header.l1Number = L1_NUMBER;
        header.preStateRoot = keccak256("before");
        header.postStateRoot = keccak256("after");
    }

    function digestOf(Header memory header) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(DOMAIN, abi.encode(header)));
    }

    function membersOf(uint32[] memory ids) internal view returns (Members memory members) {
        members.ids = ids;
        members.keys = new G1Point[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            members.keys[i] = Signer.keyOf(BASE + ids[i]);
        }
    }

    function listIds(uint32 first, uint32 count) internal pure returns (uint32[] memory ids) {
        ids = new uint32[](count);
        for (uint32 i = 0; i < count; ++i) {
            ids[i] = first + i;
        }
    }

    function sign(uint32[] memory ids, bytes32 digest, uint8 status)
        internal
        view
        returns (G2Point memory)
    {
        uint256 secrets = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            secrets += BASE + ids[i];
        }
        return Signer.sign(secrets, Encoding.computeEndorseMessage(digest, status));
    }

    function addSignatures(G2Point memory left, G2Point memory right)
        internal
        view
        returns (G2Point memory)
    {
        BLS.addTo(left, right);
        return left;
    }

    /// Members that signed status 1.
    function accuse(Header memory header, uint32[] memory ids)
        internal
        view
        returns (Accused memory accused)
    {
        accused.signers = membersOf(ids);
        if (ids.length != 0) accused.signature = sign(ids, digestOf(header), 1);
    }

    function isSlashed(uint32 id) internal view returns (bool) {
        return slasher.offenceOf(id) != 0;
    }
}
