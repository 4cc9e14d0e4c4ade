// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultsHarness} from "../harness/IFaultsHarness.sol";
import {KZG} from "../src/libraries/KZG.sol";
import {Shown, Status, StemClaim, StemProof} from "../src/types/Verkle.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {vm} from "./support/Vm.sol";

/// @title The verifier of the state tree on the project's vectors, and on every alteration of them
contract VerkleVerifierTest {
    string private constant GROUP = "verkle";

    /// A proof of one stem out of the vectors.
    struct Case {
        string name;
        bytes32 root;
        bytes claim;
        bytes proof;
        bytes32[] keys;
        bytes32[] values;
    }

    IFaultsHarness private harness;
    string private json;
    uint256 private chainId;

    function setUp() public {
        harness = IFaultsHarness(Artifacts.deployFrom(Artifacts.LOCAL, "FaultsHarness", ""));
        json = vm.readFile("../tests/vectors/evidence_stem_proofs.json");
        chainId = vm.parseJsonUint(json, ".chain_id");
    }

    function test_vectors_verify() public {
        uint256[4] memory seen;
        for (uint256 i = 0; hasCase(i); ++i) {
            Shown memory shown = verify(chainId, readCase(i));
            seen[uint8(shown.status)] += 1;
        }
        for (uint256 i = 0; i < seen.length; ++i) {
            vm.assertTrue(seen[i] > 0, "a status has no vector");
        }
    }

    function test_altered_claims_are_refused() public {
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            vm.assertFalse(isAccepted(chainId + 1, item), item.name);
            item.root ^= bytes32(uint256(1));
            vm.assertFalse(isAccepted(chainId, item), item.name);
            item.root ^= bytes32(uint256(1));
            this.requireNoFalseAlteration(item, true);
        }
    }

    function test_altered_proofs_are_refused() public {
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            vm.assertEq(this.requireNoFalseAlteration(item, false), 0, item.name);
        }
    }

    function test_proofs_of_other_claims_are_refused() public {
        Case[] memory cases = new Case[](readCount());
        for (uint256 i = 0; i < cases.length; ++i) {
            cases[i] = readCase(i);
        }
        for (uint256 i = 0; i < cases.length; ++i) {
            for (uint256 j = 0; j < cases.length; ++j) {
                if (i == j) continue;
                bytes memory proof = cases[i].proof;
                cases[i].proof = cases[j].proof;
                if (isAccepted(chainId, cases[i])) requireTrue(cases[i]);
                cases[i].proof = proof;
            }
        }
    }

    function test_gas_by_depth() public {
        for (uint256 i = 0; hasCase(i); ++i) {
            Case memory item = readCase(i);
            bytes memory name = bytes(item.name);
            if (name.length != 7 || name[0] != "d") continue;
            Shown memory shown = verify(chainId, item);
            vm.assertTrue(shown.status == Status.Small);
            uint256 gasUsed = vm.snapshotGasLastCall(
                GROUP, string.concat("one_key_at_depth_", vm.toString(shown.depth))
            );
            if (shown.depth == 3) vm.assertLe(gasUsed, 140_000);
        }
    }

    function test_roots_of_unity_are_powers_of_the_first() public view {
        uint256 first = harness.rootOfUnity(1);
        uint256 power = 1;
        for (uint256 i = 0; i < 256; ++i) {
            vm.assertEq(harness.rootOfUnity(i), power);
            power = mulmod(power, first, KZG.R);
        }
        vm.assertEq(power, 1);
        vm.assertEq(harness.rootOfUnity(128), KZG.R - 1);
    }

    /// Flips the lowest bit of every byte. What decodes to the same value is no alteration, and what is accepted
    /// must be true: an absent key turned into another absent one, say.
    function requireNoFalseAlteration(Case memory item, bool isClaim)
        public
        returns (uint256 accepted)
    {
        bytes memory part = isClaim ? item.claim : item.proof;
        bytes32 original = keccak256(reencode(item));
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] ^= 0x01;
            try this.reencode(item) returns (bytes memory decoded) {
                if (keccak256(decoded) != original && isAccepted(chainId, item)) {
                    requireTrue(item);
                    ++accepted;
                }
            } catch {
                // The ABI decoder refuses it already.
            }
            part[i] ^= 0x01;
        }
    }

    function requireTrue(Case memory item) private pure {
        StemClaim memory claim = abi.decode(item.claim, (StemClaim));
        for (uint256 i = 0; i < claim.values.length; ++i) {
            bytes32 key = bytes32(claim.stem) | bytes32(uint256(uint8(claim.suffixes[i])));
            bytes32 value = 0;
            for (uint256 j = 0; j < item.keys.length; ++j) {
                if (item.keys[j] == key) value = item.values[j];
            }
            vm.assertEq(claim.values[i], value, item.name);
        }
    }

    function isAccepted(uint256 chainId_, Case memory item) private returns (bool) {
        try this.verify(chainId_, item) returns (Shown memory) {
            return true;
        } catch {
            return false;
        }
    }

    function verify(uint256 chainId_, Case memory item) public returns (Shown memory) {
        StemClaim memory claim = abi.decode(item.claim, (StemClaim));
        StemProof memory proof = abi.decode(item.proof, (StemProof));
        return harness.verifyStem(chainId_, item.root, claim, proof);
    }

    function reencode(Case memory item) public pure returns (bytes memory) {
        StemClaim memory claim = abi.decode(item.claim, (StemClaim));
        StemProof memory proof = abi.decode(item.proof, (StemProof));
        return abi.encode(claim, proof);
    }

    function readCount() private view returns (uint256 count) {
        while (hasCase(count)) ++count;
    }

    function hasCase(uint256 i) private view returns (bool) {
        return vm.keyExistsJson(json, field(i, "root"));
    }

    function readCase(uint256 i) private view returns (Case memory item) {
        item.name = vm.parseJsonString(json, field(i, "name"));
        item.root = vm.parseJsonBytes32(json, field(i, "root"));
        item.claim = vm.parseJsonBytes(json, field(i, "claim"));
        item.proof = vm.parseJsonBytes(json, field(i, "proof"));
        item.keys = vm.parseJsonBytes32Array(json, field(i, "tree.keys"));
        item.values = vm.parseJsonBytes32Array(json, field(i, "tree.values"));
    }

    function field(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".valid[", vm.toString(i), "].", name);
    }
}
