// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICommits} from "../../src/interfaces/ICommits.sol";
import {ISlasher} from "../../src/interfaces/ISlasher.sol";
import {BLS} from "../../src/libraries/BLS.sol";
import {Signer} from "./Signer.sol";

/// @title Members with the keys of the secrets `BASE + id`, slashed once each
contract SlasherStub is ISlasher {
    uint256 public constant BASE = 5000;

    address public faults;
    mapping(uint32 id => bytes32 offence) public offenceOf;
    mapping(uint32 id => address reporter) public reporterOf;
    mapping(uint32 id => bytes32) private _keyHashes;

    constructor(uint32 members) {
        for (uint32 id = 1; id <= members; ++id) {
            _keyHashes[id] = BLS.hashKey(Signer.keyOf(BASE + id));
        }
    }

    function setFaults(address faults_) external {
        faults = faults_;
    }

    function queueSlash(uint32[] calldata ids, bytes32 offence, address reporter)
        external
        override
        returns (uint256 count)
    {
        require(msg.sender == faults, "sender");
        for (uint256 i = 0; i < ids.length; ++i) {
            if (offenceOf[ids[i]] != 0) continue;
            offenceOf[ids[i]] = offence;
            reporterOf[ids[i]] = reporter;
            ++count;
        }
    }

    function keyHashesOf(uint32[] calldata ids)
        external
        view
        override
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            hashes[i] = _keyHashes[ids[i]];
        }
    }
}

/// @title Commits of packets, put there by the test
contract CommitsStub is ICommits {
    struct Commit {
        uint64 l1Number;
        uint32[] signers;
    }

    bytes32 public immutable override domain;
    bytes32 public immutable override configHash;
    mapping(bytes32 key => Commit) private _commits;

    constructor(bytes32 domain_, bytes32 configHash_) {
        domain = domain_;
        configHash = configHash_;
    }

    function commit(uint64 number, bytes32 digest, uint32[] calldata signers) external {
        _commits[keccak256(abi.encode(number, digest))] = Commit(uint64(block.number), signers);
    }

    function commitOf(uint64 number, bytes32 digest, bytes calldata)
        external
        view
        override
        returns (uint64, uint32[] memory)
    {
        Commit storage found = _commits[keccak256(abi.encode(number, digest))];
        require(found.l1Number != 0, "not committed");
        return (found.l1Number, found.signers);
    }
}
