// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Accused, Judgement, Statement, Verdict} from "../types/Faults.sol";
import {G2Point} from "../types/Points.sol";
import {IVerdicts} from "./IVerdicts.sol";

/// @title Offences of endorsers and producers, and who committed them
/// @notice Anyone reports; the sender is the reporter. A report shows an offence and the members that are guilty
/// of it, whose slash it queues. Its evidence must not be older than the evidence window.
interface IFaultContract is IVerdicts {
    /// @notice A packet was judged.
    event PacketJudged(bytes32 indexed digest, Verdict verdict, address indexed reporter);
    /// @notice Members were found guilty of an offence.
    event OffenceProven(bytes32 indexed offence, uint256 guilty, address indexed reporter);

    /// @notice The sender is no module of this contract.
    error NotModule(address sender);
    /// @notice The contracts are of different networks.
    error WrongNetwork();
    /// @notice The packet's anchor is older than the evidence window.
    error EvidenceExpired(uint256 l1Number);
    /// @notice An honest member may have made both statements.
    error NoContradiction();
    /// @notice Ids or positions are not strictly ascending, or not as many as the keys.
    error MalformedMembers();
    /// @notice The key is not that of the member.
    error WrongKey(uint32 id);
    /// @notice The signature is not the sum of the signers' signatures.
    error InvalidSignature();
    /// @notice The report names nobody that is not slashed already.
    error NobodyGuilty();
    /// @notice A report names more members, by signatures and by positions together, than one may.
    error TooManyAccused(uint256 most, uint256 found);
    /// @notice The packet has no verdict against the statement.
    error NotJudged(bytes32 digest);
    /// @notice The packet is judged already.
    error AlreadyJudged(bytes32 digest);
    /// @notice The proof shows no fault.
    error NoFault();

    /// @notice Reports members that made two statements of which an honest one makes only one: status 1 for two
    /// packets of one number and view, or both statuses of one packet.
    /// @param second The second statement; without signers, those of the first made it, too.
    /// @param signature Sum of all signatures of both statements.
    function reportContradiction(
        Statement calldata first,
        Statement calldata second,
        G2Point calldata signature
    ) external;

    /// @notice Reports members that said of a judged packet what the judgement refutes.
    /// @param status What they said.
    function accuse(bytes calldata headerWords, uint8 status, Accused calldata accused) external;

    /// @notice Reports a packet that the proof system refutes, and members that signed it with status 1.
    function reportByVerifier(
        bytes calldata headerWords,
        bytes calldata proof,
        Accused calldata accused
    ) external;

    /// @notice Judges a packet invalid and accuses members that signed it with status 1; only a module.
    function convict(bytes calldata headerWords, Accused calldata accused, address reporter)
        external;

    /// @notice Judges a packet as the jurors did, and slashes members that signed it with status 1; only the appeals.
    /// @param signers Ids of the members; those that are slashed already are skipped.
    function judge(bytes32 digest, Verdict verdict, address reporter, uint32[] calldata signers)
        external;

    /// @notice What is known of a packet.
    function judgementOf(bytes32 digest) external view returns (Judgement memory);

    /// @notice Domain of every digest of this network.
    function domain() external view returns (bytes32);
}
