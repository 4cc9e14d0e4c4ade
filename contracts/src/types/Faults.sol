// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Committee} from "./Commit.sol";
import {G1Point, G2Point} from "./Points.sol";

/// @notice What is known of a packet beyond what its signers say.
enum Verdict {
    Open,
    Invalid,
    Valid
}

/// @notice A verdict and who brought it about.
struct Judgement {
    Verdict verdict;
    address reporter;
}

/// @notice Members with their keys.
struct Members {
    /// Their ids, strictly ascending.
    uint32[] ids;
    /// Their keys, in the order of the ids.
    G1Point[] keys;
}

/// @notice What members said about a packet.
struct Statement {
    /// Header of the packet, its 26 words.
    bytes header;
    /// 1 if they said it is valid, 0 if they said it contradicts itself.
    uint8 status;
    /// Who said it.
    Members signers;
}

/// @notice The members that are accused of a statement about a packet: those whose signatures are shown, and those
/// that the record of its commit names.
struct Accused {
    /// Members whose signatures are shown.
    Members signers;
    /// Sum of their signatures.
    G2Point signature;
    /// Positions among the signers of the commit, strictly ascending.
    uint32[] positions;
    /// Proof of the commit, as `ICommits.commitOf` takes it; empty if there are no positions.
    bytes commitProof;
}

/// @notice The votes of an epoch's seats in an appeal.
struct Jury {
    /// All committees of the epoch in their order.
    Committee[] committees;
    /// Seats that did not vote: bit `i % 256` of word `i / 256`, positions counted through the committees.
    uint256[] absent;
    /// Their keys, ascending by position.
    G1Point[] keys;
    /// Sum of the voters' signatures over (APPEAL, case, digest, verdict).
    G2Point signature;
}
