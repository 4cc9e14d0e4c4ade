// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LibraryHarness} from "../harness/LibraryHarness.sol";
import {BLS} from "../src/libraries/BLS.sol";
import {Encoding} from "../src/libraries/Encoding.sol";
import {L1Headers} from "../src/libraries/L1Headers.sol";
import {Config} from "../src/types/Config.sol";
import {Genesis} from "../src/types/Genesis.sol";
import {Header} from "../src/types/Header.sol";
import {G1Point, G2Point} from "../src/types/Points.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {Signer} from "./support/Signer.sol";
import {vm} from "./support/Vm.sol";

/// @title The libraries on the project's vectors, and their properties
contract LibrariesTest {
    string private constant VECTORS = "../tests/vectors/";

    LibraryHarness private harness;

    function setUp() public {
        harness = LibraryHarness(Artifacts.deployFrom(Artifacts.TESTED, "LibraryHarness", ""));
    }

    function test_config_vectors() public view {
        string memory json = read("config");
        for (uint256 i = 0; has(json, i); ++i) {
            bytes memory encoded = vm.parseJsonBytes(json, field(i, "encoded"));
            Config memory config = abi.decode(encoded, (Config));
            vm.assertEq(abi.encode(config), encoded);
            vm.assertEq(harness.hashConfig(config), vm.parseJsonBytes32(json, field(i, "hash")));
        }
    }

    function test_genesis_vectors() public view {
        string memory json = read("genesis");
        for (uint256 i = 0; has(json, i); ++i) {
            Genesis memory genesis =
                abi.decode(vm.parseJsonBytes(json, field(i, "encoded")), (Genesis));
            vm.assertEq(harness.hashGenesis(genesis), vm.parseJsonBytes32(json, field(i, "hash")));
        }
    }

    function test_header_vectors() public view {
        string memory json = read("header");
        for (uint256 i = 0; has(json, i); ++i) {
            Header memory header = parseHeader(json, field(i, "value"));
            vm.assertEq(harness.encodeHeader(header), vm.parseJsonBytes(json, field(i, "encoded")));
        }
    }

    function test_digest_vectors() public view {
        string memory json = read("digest");
        for (uint256 i = 0; has(json, i); ++i) {
            Header memory header = parseHeader(json, field(i, "header"));
            bytes32 domain = vm.parseJsonBytes32(json, field(i, "domain"));
            vm.assertEq(
                harness.computeDigest(domain, abi.encode(header)),
                vm.parseJsonBytes32(json, field(i, "digest"))
            );
        }
    }

    function test_domain_vectors() public view {
        string memory json = read("domain");
        for (uint256 i = 0; has(json, i); ++i) {
            bytes32 domain = harness.computeDomain(
                vm.parseJsonUint(json, field(i, "l1_chain_id")),
                vm.parseJsonUint(json, field(i, "l2_chain_id")),
                vm.parseJsonAddress(json, field(i, "state_contract")),
                vm.parseJsonBytes32(json, field(i, "genesis_hash"))
            );
            vm.assertEq(domain, vm.parseJsonBytes32(json, field(i, "domain")));
        }
    }

    function test_endorse_message_vectors() public view {
        string memory json = read("endorse_message");
        for (uint256 i = 0; has(json, i); ++i) {
            uint8 status = uint8(vm.parseJsonUint(json, field(i, "status")));
            bytes32 digest = vm.parseJsonBytes32(json, field(i, "digest"));
            vm.assertEq(
                harness.computeEndorseMessage(digest, status),
                vm.parseJsonBytes32(json, field(i, "message"))
            );
        }
    }

    function test_registration_message_vectors() public view {
        string memory json = read("registration_message");
        for (uint256 i = 0; has(json, i); ++i) {
            bytes32 keyHash = keccak256(vm.parseJsonBytes(json, field(i, "key")));
            vm.assertEq(keyHash, vm.parseJsonBytes32(json, field(i, "key_hash")));
            bytes32 message = harness.computePossessionMessage(
                vm.parseJsonUint(json, field(i, "l1_chain_id")),
                vm.parseJsonAddress(json, field(i, "management_contract")),
                vm.parseJsonAddress(json, field(i, "operator")),
                keyHash
            );
            vm.assertEq(message, vm.parseJsonBytes32(json, field(i, "message")));
        }
    }

    function test_merkle_vectors() public view {
        string memory json = read("merkle");
        for (uint256 i = 0; has(json, i); ++i) {
            bytes[] memory items = vm.parseJsonBytesArray(json, field(i, "items"));
            bytes32 root = harness.computeMerkleRoot(items);
            vm.assertEq(root, vm.parseJsonBytes32(json, field(i, "root")));
            for (uint256 j = 0; j < items.length; ++j) {
                string memory path = string.concat(field(i, "paths["), vm.toString(j), "].");
                if (!vm.keyExistsJson(json, string.concat(path, "index"))) break;
                uint256 index = vm.parseJsonUint(json, string.concat(path, "index"));
                bytes32[] memory siblings =
                    vm.parseJsonBytes32Array(json, string.concat(path, "siblings"));
                checkPath(root, items, index, siblings);
            }
        }
    }

    function test_payload_vectors() public {
        string memory json = read("payload");
        for (uint256 i = 0; has(json, i); ++i) {
            bytes memory payload = vm.parseJsonBytes(json, field(i, "encoded"));
            vm.assertEq(keccak256(payload), vm.parseJsonBytes32(json, field(i, "payload_hash")));
            vm.assertEq(
                harness.computeTransactionsRoot(payload),
                vm.parseJsonBytes32(json, field(i, "transactions_root"))
            );
        }
        for (uint256 i = 0; vm.keyExistsJson(json, listed("invalid", i)); ++i) {
            bytes memory payload =
                vm.parseJsonBytes(json, string.concat(listed("invalid", i), ".encoded"));
            vm.expectRevert(abi.encodeWithSelector(Encoding.MalformedPayload.selector));
            harness.computeTransactionsRoot(payload);
        }
    }

    function test_bls_endorsement_vectors() public view {
        string memory json = read("bls");
        for (uint256 i = 0; vm.keyExistsJson(json, listed("endorsements", i)); ++i) {
            string memory prefix = listed("endorsements", i);
            bytes32 message = vm.parseJsonBytes32(json, string.concat(prefix, ".message"));
            vm.assertEq(
                abi.encode(harness.hashMessage(message)),
                vm.parseJsonBytes(json, string.concat(prefix, ".message_point_eip2537"))
            );
            G1Point[] memory keys = new G1Point[](1);
            keys[0] = parseKey(json, string.concat(prefix, ".aggregate_key_eip2537"));
            G2Point memory signature =
                parseSignature(json, string.concat(prefix, ".aggregate_eip2537"));
            bytes32[] memory messages = new bytes32[](1);
            messages[0] = message;
            vm.assertTrue(harness.verifyAggregate(keys, messages, signature));
            messages[0] = ~message;
            vm.assertFalse(harness.verifyAggregate(keys, messages, signature));
        }
    }

    function test_bls_registration_vectors() public view {
        string memory json = read("bls");
        for (uint256 i = 0; vm.keyExistsJson(json, listed("registrations", i)); ++i) {
            string memory prefix = listed("registrations", i);
            bytes32 message = vm.parseJsonBytes32(json, string.concat(prefix, ".message"));
            G1Point memory key = parseKey(json, string.concat(prefix, ".key_eip2537"));
            G2Point memory proof = parseSignature(json, string.concat(prefix, ".proof_eip2537"));
            vm.assertTrue(harness.verifyPossession(key, message, proof));
            vm.assertFalse(harness.verifyPossession(key, ~message, proof));
        }
    }

    function test_possession_and_signature_do_not_serve_for_each_other() public view {
        bytes32 message = keccak256("message");
        G1Point[] memory keys = new G1Point[](1);
        keys[0] = Signer.keyOf(5);
        bytes32[] memory messages = new bytes32[](1);
        messages[0] = message;
        vm.assertFalse(harness.verifyPossession(keys[0], message, Signer.sign(5, message)));
        vm.assertFalse(harness.verifyAggregate(keys, messages, Signer.prove(5, message)));
    }

    function test_invalid_points_are_refused() public {
        string memory json = read("bls");
        G2Point memory proof = Signer.prove(5, bytes32(0));
        for (uint256 i = 0; vm.keyExistsJson(json, listed("invalid_eip2537_keys", i)); ++i) {
            string memory path = string.concat(listed("invalid_eip2537_keys", i), ".encoded");
            bytes memory encoded = vm.parseJsonBytes(json, path);
            if (encoded.length != 128) continue;
            vm.expectRevert();
            harness.verifyPossession(abi.decode(encoded, (G1Point)), bytes32(0), proof);
        }
        G1Point memory key = Signer.keyOf(5);
        for (uint256 i = 0; vm.keyExistsJson(json, listed("invalid_eip2537_signatures", i)); ++i) {
            string memory path = string.concat(listed("invalid_eip2537_signatures", i), ".encoded");
            bytes memory encoded = vm.parseJsonBytes(json, path);
            if (encoded.length != 256) continue;
            vm.expectRevert();
            harness.verifyPossession(key, bytes32(0), abi.decode(encoded, (G2Point)));
        }
    }

    function test_infinity_is_refused_although_the_pairing_accepts_it() public {
        G1Point[] memory keys = new G1Point[](1);
        bytes32[] memory messages = new bytes32[](1);
        G2Point memory infinity;
        vm.expectRevert(abi.encodeWithSelector(BLS.PointAtInfinity.selector));
        harness.verifyAggregate(keys, messages, infinity);
        keys[0] = Signer.keyOf(5);
        vm.expectRevert(abi.encodeWithSelector(BLS.PointAtInfinity.selector));
        harness.verifyAggregate(keys, messages, infinity);
        G1Point memory zero;
        keys[0] = zero;
        G2Point memory signature = Signer.sign(5, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(BLS.PointAtInfinity.selector));
        harness.verifyAggregate(keys, messages, signature);
    }

    function test_precompile_failure_burns_only_its_cap() public {
        G1Point memory bad = Signer.keyOf(5);
        bad.yb = bytes32(uint256(bad.yb) ^ 1);
        uint256 before = gasleft();
        (bool success, bytes memory output) =
            address(harness).call(abi.encodeCall(harness.addG1, (bad, bad)));
        vm.assertFalse(success);
        vm.assertEq(output, abi.encodeWithSelector(BLS.PrecompileFailed.selector, 0x0b));
        vm.assertLe(before - gasleft(), 100_000);
    }

    function testFuzz_changed_signature_never_verifies(uint256 secret, uint8 bit, uint8 word)
        public
        view
    {
        secret = 1 + secret % (1 << 200);
        bytes32 message = keccak256(abi.encode(secret));
        bytes memory encoded = abi.encode(Signer.sign(secret, message));
        uint256 position = uint256(word) % 256;
        encoded[position] ^= bytes1(uint8(2 ** (bit % 8)));
        G1Point[] memory keys = new G1Point[](1);
        keys[0] = Signer.keyOf(secret);
        bytes32[] memory messages = new bytes32[](1);
        messages[0] = message;
        G2Point memory signature = abi.decode(encoded, (G2Point));
        try harness.verifyAggregate(keys, messages, signature) returns (bool isValid) {
            vm.assertFalse(isValid);
        } catch {}
    }

    function testFuzz_signatures_of_several_keys_and_messages_verify(uint128 a, uint128 b)
        public
        view
    {
        uint256[2] memory secrets = [uint256(a) + 1, uint256(b) + 2];
        G1Point[] memory keys = new G1Point[](2);
        bytes32[] memory messages = new bytes32[](2);
        G2Point memory signature;
        for (uint256 i = 0; i < 2; ++i) {
            keys[i] = Signer.keyOf(secrets[i]);
            messages[i] = keccak256(abi.encode(i, secrets[i]));
            BLS.addTo(signature, Signer.sign(secrets[i], messages[i]));
        }
        vm.assertTrue(harness.verifyAggregate(keys, messages, signature));
        (messages[0], messages[1]) = (messages[1], messages[0]);
        vm.assertFalse(harness.verifyAggregate(keys, messages, signature));
    }

    function testFuzz_key_and_its_negation_sum_to_infinity(uint128 secret) public view {
        G1Point memory key = Signer.keyOf(uint256(secret) + 1);
        G1Point memory sum = harness.addG1(key, harness.negate(key));
        vm.assertTrue(BLS.isInfinity(sum));
    }

    function testFuzz_shuffle_permutes(bytes32 seed, uint8 size) public view {
        uint256[] memory ids = new uint256[](size);
        for (uint256 i = 0; i < size; ++i) {
            ids[i] = i;
        }
        uint256[] memory shuffled = harness.shuffle(seed, ids);
        uint256 seen = 0;
        for (uint256 i = 0; i < size; ++i) {
            vm.assertTrue(seen & 2 ** shuffled[i] == 0);
            seen |= 2 ** shuffled[i];
        }
    }

    function test_headers_without_a_mix_hash_are_refused() public {
        bytes[4] memory headers = [
            bytes(""),
            bytes(hex"c0"),
            bytes(hex"f90100"),
            bytes(hex"ce8080808080808080808080808080")
        ];
        for (uint256 i = 0; i < headers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(L1Headers.MalformedHeader.selector));
            harness.readPrevRandao(headers[i]);
        }
    }

    function checkPath(bytes32 root, bytes[] memory items, uint256 index, bytes32[] memory siblings)
        private
        view
    {
        uint256 count = items.length;
        vm.assertTrue(harness.verifyMerklePath(root, items[index], index, count, siblings));
        vm.assertFalse(harness.verifyMerklePath(root, "other", index, count, siblings));
        vm.assertFalse(harness.verifyMerklePath(root, items[index], count, count, siblings));
        vm.assertFalse(harness.verifyMerklePath(root, items[index], index, count + 1, siblings));
        bytes32[] memory longer = new bytes32[](siblings.length + 1);
        for (uint256 i = 0; i < siblings.length; ++i) {
            longer[i] = siblings[i];
        }
        vm.assertFalse(harness.verifyMerklePath(root, items[index], index, count, longer));
    }

    function parseHeader(string memory json, string memory prefix)
        private
        pure
        returns (Header memory)
    {
        string[26] memory names = [
            "version",
            "number",
            "parent_hash",
            "view",
            "producer",
            "timestamp",
            "gas_limit",
            "gas_used",
            "base_fee",
            "l1_number",
            "l1_hash",
            "prev_randao",
            "pre_state_root",
            "post_state_root",
            "transactions_root",
            "access_root",
            "update_root",
            "trace_root",
            "receipts_root",
            "withdrawals_root",
            "inbox_count",
            "inbox_hash",
            "payload_hash",
            "data_hash",
            "fee_gas_price",
            "fee_gas_limit"
        ];
        bytes memory words;
        for (uint256 i = 0; i < names.length; ++i) {
            string memory key = string.concat(prefix, ".", names[i]);
            words = abi.encodePacked(words, vm.parseJsonUint(json, key));
        }
        return abi.decode(words, (Header));
    }

    function parseKey(string memory json, string memory path)
        private
        pure
        returns (G1Point memory)
    {
        return abi.decode(vm.parseJsonBytes(json, path), (G1Point));
    }

    function parseSignature(string memory json, string memory path)
        private
        pure
        returns (G2Point memory)
    {
        return abi.decode(vm.parseJsonBytes(json, path), (G2Point));
    }

    function read(string memory file) private view returns (string memory) {
        return vm.readFile(string.concat(VECTORS, file, ".json"));
    }

    function has(string memory json, uint256 index) private pure returns (bool) {
        return vm.keyExistsJson(json, listed("valid", index));
    }

    function field(uint256 index, string memory name) private pure returns (string memory) {
        return string.concat(listed("valid", index), ".", name);
    }

    function listed(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(index), "]");
    }
}
