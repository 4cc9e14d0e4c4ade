// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICommits} from "../../src/interfaces/ICommits.sol";
import {IElection} from "../../src/interfaces/IElection.sol";
import {IFaultContract} from "../../src/interfaces/IFaultContract.sol";
import {IResets} from "../../src/interfaces/IResets.sol";
import {ISlasher} from "../../src/interfaces/ISlasher.sol";
import {BLS} from "../../src/libraries/BLS.sol";
import {Committees} from "../../src/libraries/Committees.sol";
import {PackedIds} from "../../src/libraries/PackedIds.sol";
import {Committee, Head, Tip} from "../../src/types/Commit.sol";
import {Election, Epoch} from "../../src/types/Election.sol";
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
contract CommitsStub is ICommits, IResets {
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

    /// Packets that were reset, with the parents' headers.
    mapping(bytes32 headerHash => bytes parentWords) public resets;
    IFaultContract public faults;

    function setFaults(IFaultContract faults_) external {
        faults = faults_;
    }

    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata)
        external
        override
    {
        bytes32 digest = keccak256(abi.encodePacked(domain, headerWords));
        require(faults.isInvalid(digest), "not invalid");
        resets[digest] = parentWords;
    }

    function digestOf(uint64, bytes calldata) external pure override returns (bytes32) {
        revert("not asked");
    }

    function headBefore(bytes calldata, bytes calldata, bytes calldata)
        external
        pure
        override
        returns (Head memory, Tip memory)
    {
        revert("not asked");
    }

    function finalizedNumber() external pure override returns (uint64) {
        revert("not asked");
    }

    function isAppealOpen() external pure override returns (bool) {
        revert("not asked");
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

    /// @title One epoch of opened committees, whose seats have the keys of the secrets `BASE + id`, ids from 1 on
    contract ElectionStub is IElection {
        uint256 private constant BASE = 5000;
        uint64 private constant EPOCH = 3;

        uint256 private immutable SIZE;
        mapping(uint32 committee => bytes32) private _hashes;
        mapping(uint32 id => bytes32) private _keyHashes;

        constructor(uint32 committees, uint32 size) {
            SIZE = size;
            bytes32 epochHash = Committees.hashEpoch(EPOCH, Election("seed", "schedule", 5));
            for (uint32 i = 0; i < committees; ++i) {
                Committee memory committee = committeeOf(i);
                bytes32 membersHash = PackedIds.hash(committee.members);
                _hashes[i] =
                    Committees.hashOpened(
                    epochHash, i, membersHash, committee.ejected, committee.key
                );
            }
            for (uint32 id = 1; id <= committees * size; ++id) {
                _keyHashes[id] = BLS.hashKey(Signer.keyOf(BASE + id));
            }
        }

        function committeeOf(uint256 index) public view returns (Committee memory) {
            uint256[] memory ids = new uint256[](SIZE);
            uint256 secrets = 0;
            for (uint256 i = 0; i < SIZE; ++i) {
                ids[i] = index * SIZE + i + 1;
                secrets += BASE + ids[i];
            }
            return Committee(PackedIds.pack(ids, 0, SIZE), new uint256[](0), Signer.keyOf(secrets));
        }

        function epochAt(uint64) external pure override returns (uint64, Epoch memory) {
            return (EPOCH, Epoch("seed", "schedule", 5, 1, 2));
        }

        function committeeHash(uint64 epoch, uint32 committee)
            external
            view
            override
            returns (bytes32)
        {
            require(epoch == EPOCH, "epoch");
            return _hashes[committee];
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
