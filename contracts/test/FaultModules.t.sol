// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LagrangePoints} from "../src/faults/LagrangePoints.sol";
import {IAccessFaults} from "../src/interfaces/IAccessFaults.sol";
import {IDataFaults} from "../src/interfaces/IDataFaults.sol";
import {IFaultModule} from "../src/interfaces/IFaultModule.sol";
import {IFaultVerifier} from "../src/interfaces/IFaultVerifier.sol";
import {IUpdateListFaults} from "../src/interfaces/IUpdateListFaults.sol";
import {IUpdateNodeFaults} from "../src/interfaces/IUpdateNodeFaults.sol";
import {Commitments} from "../src/libraries/Commitments.sol";
import {L1HeaderFields} from "../src/libraries/L1HeaderFields.sol";
import {Preimage, Range} from "../src/types/Evidence.sol";
import {Accused} from "../src/types/Faults.sol";
import {Header} from "../src/types/Header.sol";
import {StemClaim, StemProof} from "../src/types/Verkle.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {FaultTest} from "./support/FaultTest.sol";
import {vm} from "./support/Vm.sol";

/// @title Each fault of a packet: the vectors' evidence is accepted against its packet, and nothing against an honest one
contract FaultModulesTest is FaultTest {
    string private constant GROUP = "faults";
    uint256 private constant MODULES = 4;

    /// A packet with a fault, and its evidence.
    struct Case {
        string name;
        string contract_;
        string function_;
        bytes arguments;
        Header header;
    }

    IAccessFaults private access;
    IUpdateListFaults private lists;
    IUpdateNodeFaults private nodes;
    IDataFaults private data;
    string private json;
    Header private honest;

    function setUp() public {
        json = vm.readFile("../tests/vectors/evidence_faults.json");
        bytes memory points = vm.parseJsonBytes(
            vm.readFile("../tests/vectors/evidence_lagrange_points.json"), ".points"
        );
        address lagrange = Artifacts.deploy("LagrangePoints", abi.encode(points));
        uint256 nonce = vm.getNonce(address(this)) + DEPLOYMENT_NONCES;
        address[] memory modules = new address[](MODULES);
        for (uint256 i = 0; i < MODULES; ++i) {
            modules[i] = vm.computeCreateAddress(address(this), nonce + i);
        }
        deployFaults(modules, IFaultVerifier(address(0)));
        access = IAccessFaults(Artifacts.deploy("AccessFaults", abi.encode(faults, L2_CHAIN_ID)));
        lists = IUpdateListFaults(Artifacts.deploy("UpdateListFaults", abi.encode(faults)));
        nodes = IUpdateNodeFaults(
            Artifacts.deploy("UpdateNodeFaults", abi.encode(faults, L2_CHAIN_ID, lagrange))
        );
        data = IDataFaults(Artifacts.deploy("DataFaults", abi.encode(faults, config.anchorMaxAge)));
        vm.assertEq(address(data), modules[MODULES - 1]);
        honest = readHeader(".honest.");
    }

    function test_evidence_of_every_fault_slashes_the_signer() public {
        uint32 id = 1;
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            if (id == MEMBERS) {
                setUp();
                id = 1;
            }
            vm.assertFalse(isSlashed(id));
            report(item, item.header, accuse(item.header, listIds(id, 1)));
            vm.assertTrue(faults.isInvalid(digestOf(item.header)), item.name);
            vm.assertTrue(isSlashed(id), item.name);
            vm.assertEq(slasher.reporterOf(id), address(this));
            ++id;
        }
    }

    function test_no_evidence_holds_against_an_honest_packet() public {
        Accused memory accused = accuse(honest, listIds(1, 1));
        for (uint256 i = 0; hasCase(i); ++i) {
            requireRefused(readCase(i), honest, accused);
        }
    }

    /// forge-config: default.fuzz.runs = 8
    function test_altered_evidence_never_holds_against_an_honest_packet(uint256 seed) public {
        Accused memory accused = accuse(honest, listIds(1, 1));
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            item.arguments[
                random % item.arguments.length
            ] ^= bytes1(uint8(1) << uint8(random >> 253));
            requireRefused(item, honest, accused);
        }
    }

    function test_altered_items_are_refused() public {
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            Accused memory accused = accuse(item.header, listIds(1, 1));
            Header memory header = item.header;
            header.updateRoot ^= bytes32(uint256(1));
            header.accessRoot ^= bytes32(uint256(1));
            requireRefused(item, header, accused);
        }
    }

    function test_evidence_for_another_header_slashes_nobody() public {
        Case memory item = readCase(0);
        Header memory other = item.header;
        bytes memory words = abi.encode(other);
        other.timestamp += 1;
        Accused memory accused = accuse(other, listIds(1, 1));
        (Range memory leaf, bytes32 value, StemProof memory proof) =
            abi.decode(item.arguments, (Range, bytes32, StemProof));
        vm.expectRevert();
        access.reportValueBefore(words, leaf, value, proof, accused);
    }

    function test_gas_of_faults_in_packets_of_usual_size() public {
        json = vm.readFile("../tests/vectors/evidence_large_faults.json");
        for (uint32 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            report(item, item.header, accuse(item.header, listIds(i + 1, 1)));
            vm.assertLe(vm.snapshotGasLastCall(GROUP, item.name), 5_000_000);
        }
    }

    function test_a_payload_of_another_root() public {
        bytes memory payload = hex"01000000010000000301020300";
        Header memory header = makeHeader();
        header.payloadHash = keccak256(payload);
        data.reportPayload(abi.encode(header), payload, accuse(header, listIds(1, 1)));
        vm.assertTrue(isSlashed(1));

        payload = hex"010000000100000003010203";
        header.payloadHash = keccak256(payload);
        header.transactionsRoot = data.transactionsRootOf(payload);
        requireHonestPayload(header, payload);
        header.transactionsRoot = keccak256("another");
        data.reportPayload(abi.encode(header), payload, accuse(header, listIds(2, 1)));
        vm.assertTrue(isSlashed(2));
        header.payloadHash = keccak256("another");
        requireHonestPayload(header, payload);
    }

    function test_a_malformed_payload_is_a_fault() public {
        bytes memory payload = hex"0100000001000000ff010203";
        Header memory header = makeHeader();
        header.payloadHash = keccak256(payload);
        data.reportPayload(abi.encode(header), payload, accuse(header, listIds(1, 1)));
        vm.assertTrue(isSlashed(1));
    }

    function test_an_environment_that_is_not_the_anchors() public {
        bytes memory headerRlp = makeL1Header(L1_NUMBER, 1_699_999_990, keccak256("randao"));
        Header memory header = makeHeader();
        header.l1Hash = keccak256(headerRlp);
        header.prevRandao = keccak256("randao");
        requireHonestAnchor(header, headerRlp);
        header.prevRandao = keccak256("another");
        reportAnchor(header, headerRlp, 1);
        header.prevRandao = keccak256("randao");
        header.l1Number = L1_NUMBER - 1;
        reportAnchor(header, headerRlp, 2);
        header.l1Number = L1_NUMBER;
        header.timestamp = 1_699_999_990 + config.anchorMaxAge;
        requireHonestAnchor(header, headerRlp);
        header.timestamp += 1;
        reportAnchor(header, headerRlp, 3);
        header.timestamp = 1_699_999_990;
        requireHonestAnchor(header, headerRlp);
        header.timestamp -= 1;
        reportAnchor(header, headerRlp, 4);
        header.l1Hash = keccak256("another");
        requireHonestAnchor(header, headerRlp);
    }

    function test_a_cut_l1_header_proves_nothing() public {
        bytes memory whole = makeL1Header(L1_NUMBER, 1_699_999_990, keccak256("randao"));
        Header memory header = makeHeader();
        for (uint256 size = 0; size < whole.length - 9; size += 13) {
            bytes memory cut = new bytes(size);
            for (uint256 i = 0; i < size; ++i) {
                cut[i] = whole[i];
            }
            header.l1Hash = keccak256(cut);
            Accused memory accused;
            vm.expectRevert(abi.encodeWithSelector(L1HeaderFields.MalformedL1Header.selector));
            data.reportEnvironment(abi.encode(header), cut, accused);
        }
    }

    function test_other_points_than_the_ceremonys_are_refused() public {
        bytes memory code = Artifacts.codeOf("LagrangePoints", abi.encode(new bytes(24_576)));
        vm.expectRevert(abi.encodeWithSelector(LagrangePoints.WrongPoints.selector));
        Artifacts.create(code);
        code = Artifacts.codeOf("UpdateNodeFaults", abi.encode(faults, L2_CHAIN_ID, address(this)));
        vm.expectRevert(
            abi.encodeWithSelector(Commitments.NoLagrangePoints.selector, address(this))
        );
        Artifacts.create(code);
    }

    function report(Case memory item, Header memory header, Accused memory accused) public {
        bytes32 name = keccak256(abi.encodePacked(item.contract_, ".", item.function_));
        bytes memory words = abi.encode(header);
        bytes memory arguments = item.arguments;
        if (name == keccak256("AccessFaults.reportValueBefore")) {
            (Range memory leaf, bytes32 value, StemProof memory proof) =
                abi.decode(arguments, (Range, bytes32, StemProof));
            access.reportValueBefore(words, leaf, value, proof, accused);
        } else if (name == keccak256("AccessFaults.reportForm")) {
            access.reportForm(words, abi.decode(arguments, (Range)), accused);
        } else if (name == keccak256("UpdateListFaults.reportForm")) {
            lists.reportForm(words, abi.decode(arguments, (Range)), accused);
        } else if (name == keccak256("UpdateListFaults.reportMissingParent")) {
            (Range memory entry, Range memory absence) = abi.decode(arguments, (Range, Range));
            lists.reportMissingParent(words, entry, absence, accused);
        } else if (name == keccak256("UpdateListFaults.reportStemWithKids")) {
            (Range memory entry, Range memory kid) = abi.decode(arguments, (Range, Range));
            lists.reportStemWithKids(words, entry, kid, accused);
        } else if (name == keccak256("UpdateListFaults.reportStemOverOther")) {
            (Range memory entry, Preimage memory before) = abi.decode(arguments, (Range, Preimage));
            lists.reportStemOverOther(words, entry, before, accused);
        } else if (name == keccak256("UpdateListFaults.reportNeedlessNode")) {
            (Range memory entry, Preimage memory before, Range memory kids) =
                abi.decode(arguments, (Range, Preimage, Range));
            lists.reportNeedlessNode(words, entry, before, kids, accused);
        } else if (name == keccak256("UpdateListFaults.reportMissingStem")) {
            reportMissingStem(words, arguments, accused);
        } else if (name == keccak256("UpdateNodeFaults.reportBefore")) {
            (Range memory entry, StemClaim memory claim, StemProof memory proof) =
                abi.decode(arguments, (Range, StemClaim, StemProof));
            nodes.reportBefore(words, entry, claim, proof, accused);
        } else if (name == keccak256("UpdateNodeFaults.reportNode")) {
            (Range memory entry, Preimage memory before, Range memory kids) =
                abi.decode(arguments, (Range, Preimage, Range));
            nodes.reportNode(words, entry, before, kids, accused);
        } else {
            vm.assertEq(name, keccak256("UpdateNodeFaults.reportStem"));
            (Range memory entry, Range memory leaves, bytes32 value, StemProof memory proof) =
                abi.decode(arguments, (Range, Range, bytes32, StemProof));
            nodes.reportStem(words, entry, leaves, value, proof, accused);
        }
    }

    function reportMissingStem(bytes memory words, bytes memory arguments, Accused memory accused)
        private
    {
        (IUpdateListFaults.StemReason memory reason, Range memory deepest, Range memory absence) =
            abi.decode(arguments, (IUpdateListFaults.StemReason, Range, Range));
        lists.reportMissingStem(words, reason, deepest, absence, accused);
    }

    function requireRefused(Case memory item, Header memory header, Accused memory accused)
        private
    {
        try this.report(item, header, accused) {
            revert(string.concat("accepted: ", item.name));
        } catch {
            vm.assertFalse(faults.isInvalid(digestOf(header)));
        }
    }

    function reportAnchor(Header memory header, bytes memory headerRlp, uint32 id) private {
        data.reportEnvironment(abi.encode(header), headerRlp, accuse(header, listIds(id, 1)));
        vm.assertTrue(isSlashed(id));
    }

    function requireHonestPayload(Header memory header, bytes memory payload) private {
        Accused memory accused = accuse(header, listIds(9, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultModule.NoFault.selector));
        data.reportPayload(abi.encode(header), payload, accused);
    }

    function requireHonestAnchor(Header memory header, bytes memory headerRlp) private {
        Accused memory accused = accuse(header, listIds(9, 1));
        vm.expectRevert(abi.encodeWithSelector(IFaultModule.NoFault.selector));
        data.reportEnvironment(abi.encode(header), headerRlp, accused);
    }

    /// An L1 header with these fields, and zeros for the others.
    function makeL1Header(uint64 number, uint64 timestamp, bytes32 prevRandao)
        private
        pure
        returns (bytes memory)
    {
        bytes memory start;
        for (uint256 i = 0; i < 8; ++i) {
            if (i == 2) start = abi.encodePacked(start, hex"94", new bytes(20));
            else if (i == 6) start = abi.encodePacked(start, hex"b90100", new bytes(256));
            else if (i == 7) start = abi.encodePacked(start, hex"80");
            else start = abi.encodePacked(start, hex"a0", new bytes(32));
        }
        bytes memory body = abi.encodePacked(
            start,
            hex"88",
            number,
            hex"8401c9c380",
            hex"05",
            hex"88",
            timestamp,
            hex"8568656c6c6f",
            hex"a0",
            prevRandao,
            hex"880000000000000000"
        );
        return abi.encodePacked(hex"f9", uint16(body.length), body);
    }

    function hasCase(uint256 i) private view returns (bool) {
        return vm.keyExistsJson(json, field(i, "name"));
    }

    function readCase(uint256 i) private view returns (Case memory item) {
        item.name = vm.parseJsonString(json, field(i, "name"));
        item.contract_ = vm.parseJsonString(json, field(i, "contract"));
        item.function_ = vm.parseJsonString(json, field(i, "function"));
        item.arguments = vm.parseJsonBytes(json, field(i, "arguments"));
        item.header = readHeader(field(i, ""));
    }

    function readHeader(string memory place) private view returns (Header memory header) {
        header = makeHeader();
        header.preStateRoot = readRoot(place, "pre_state_root");
        header.postStateRoot = readRoot(place, "post_state_root");
        header.accessRoot = readRoot(place, "access_root");
        header.updateRoot = readRoot(place, "update_root");
    }

    function readRoot(string memory place, string memory name) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(place, name));
    }

    function field(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".valid[", vm.toString(i), "].", name);
    }
}
