// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Head} from "../types/Commit.sol";
import {ICommits} from "./ICommits.sol";

/// @title Committed packets, for the State Contract and those that judge them
/// @dev A proof is an ABI-encoded `CommittedProof`.
interface ICommitReader is ICommits {
    /// @notice The packet is not committed, or the ring of payouts no longer shows it.
    error NotCommitted(uint64 number, bytes32 digest);
    /// @notice The proof is not ABI-encoded.
    error MalformedProof();

    /// @notice The packet is final: nothing resets it.
    error PacketIsFinal(uint64 number);
    /// @notice The fault contract knows nothing against the packet.
    error PacketNotInvalid(bytes32 digest);
    /// @notice The parent's header is not the one that the packet names.
    error WrongParent(bytes32 expected, bytes32 found);

    /// @notice Digest of the committed packet of a number.
    function digestOf(uint64 number, bytes calldata proof) external view returns (bytes32);

    /// @notice What the head of the chain was before a committed packet that the fault contract knows is invalid.
    /// @dev The packet's turn ends before it; those after are as if they had never been.
    /// @param headerWords Header of the packet.
    /// @param parentWords Header of its parent; ignored if that is the genesis.
    /// @param proof Shows the packet.
    function headBefore(
        bytes calldata headerWords,
        bytes calldata parentWords,
        bytes calldata proof
    ) external view returns (Head memory);

    /// @notice Number of the last packet whose appeal window has passed and before which no appeal is open.
    /// @dev It is final when also the L1 block of its commit is.
    function finalizedNumber() external view returns (uint64);
}
