// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Jury} from "../types/Faults.sol";
import {IAppeals} from "./IAppeals.sol";

/// @title Appeals: all seats of an epoch decide whether a committed packet is valid
/// @notice A vote, not a proof: it is for executions, which no other fault reaches. Open cases keep their packets
/// from being final.
interface IAppealContract is IAppeals {
    /// @notice A packet was appealed; jurors vote on (case, digest) until `deadline`.
    event AppealOpened(
        uint256 indexed caseId,
        uint64 indexed number,
        bytes32 indexed digest,
        address appellant,
        uint256 bond,
        uint256 deadline
    );
    /// @notice More than half of all seats decided a case.
    event AppealDecided(uint256 indexed caseId, bool isValid, uint256 votes);
    /// @notice No verdict was reached in time; the packet stands.
    event AppealClosed(uint256 indexed caseId);
    /// @notice A bond was paid back.
    event BondWithdrawn(address indexed account, uint256 amount);

    /// @notice The appeal window of the packet is over.
    error AppealTooLate(uint64 l1Number);
    /// @notice The packet is judged, or under appeal.
    error NotAppealable(bytes32 digest);
    /// @notice As many cases are open as can be.
    error TooManyCases();
    /// @notice The sent ETH is not the bond.
    error WrongBond(uint256 expected, uint256 found);
    /// @notice The case is not open, or not about this packet.
    error NoSuchCase(uint256 caseId);
    /// @notice The case's deadline has passed.
    error DeadlinePassed(uint256 deadline);
    /// @notice The case's deadline has not passed.
    error DeadlineAhead(uint256 deadline);
    /// @notice The jury is not all committees of the packet's epoch, opened.
    error WrongJury();
    /// @notice Not more than half of all seats voted.
    error NoMajority(uint256 required, uint256 votes);
    /// @notice The key is not that of the seat.
    error WrongKey(uint32 id);
    /// @notice The signature is not the sum of the voters' signatures.
    error InvalidSignature();
    /// @notice There is nothing to withdraw, or the transfer of ETH failed.
    error NothingPaid();

    /// @notice Appeals a committed packet that is not final, with `bondOf()` sent along.
    /// @param headerWords Header of the packet, its 26 words.
    /// @param commitProof As `ICommits.commitOf` takes it.
    function appeal(bytes calldata headerWords, bytes calldata commitProof)
        external
        payable
        returns (uint256 caseId);

    /// @notice Decides a case by the votes of more than half of all seats. The signers of an invalid packet are
    /// slashed, and the chain is reset to before it.
    /// @param isValid What they voted.
    /// @param parentWords Header of the packet's parent; empty if that is the genesis, or the packet is valid.
    function decide(
        uint256 caseId,
        bytes calldata headerWords,
        bool isValid,
        Jury calldata jury,
        bytes calldata parentWords,
        bytes calldata commitProof
    ) external;

    /// @notice Closes a case without a verdict when its time and two extensions of it are over.
    function close(uint256 caseId) external;

    /// @notice Pays the sender's returned bonds.
    function withdrawBond() external;

    /// @notice Bond of the next appeal, wei: the price of a seat, doubled for each open case.
    function bondOf() external view returns (uint256);
}
