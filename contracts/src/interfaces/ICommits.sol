// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Head, Tip} from "../types/Commit.sol";

/// @title Committed packets, for contracts that judge them
/// @dev A proof is an ABI-encoded `CommittedProof`.
interface ICommits {
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

    /// @notice The commit of a packet, if it is committed and its record is kept; else reverts.
    /// @param number Number of the packet.
    /// @param digest Its digest.
    /// @param proof Shows it.
    /// @return l1Number L1 block of the commit.
    /// @return signers Ids of the seats that signed it.
    function commitOf(uint64 number, bytes32 digest, bytes calldata proof)
        external
        view
        returns (uint64 l1Number, uint32[] memory signers);

    /// @notice Digest of the committed packet of a number.
    function digestOf(uint64 number, bytes calldata proof) external view returns (bytes32);

    /// @notice What the head of the chain was before a committed packet that the fault contract knows is invalid.
    /// @dev The packet's turn ends before it; those after are as if they had never been.
    /// @param headerWords Header of the packet.
    /// @param parentWords Header of its parent; ignored if that is the genesis.
    /// @param proof Shows the packet.
    /// @return parent The head; its `guardedNumber` is for the State Contract to set.
    /// @return tip What its `tipHash` hashes.
    function headBefore(
        bytes calldata headerWords,
        bytes calldata parentWords,
        bytes calldata proof
    ) external view returns (Head memory parent, Tip memory tip);

    /// @notice Whether an appeal is open, so that a packet may still be reset.
    function isAppealOpen() external view returns (bool);

    /// @notice Number of the last packet whose appeal window has passed and before which no appeal is open.
    /// @dev It is final when also the L1 block of its commit is.
    function finalizedNumber() external view returns (uint64);

    /// @notice Domain of every digest of this network.
    function domain() external view returns (bytes32);

    /// @notice keccak of the ABI-encoded `Config`.
    function configHash() external view returns (bytes32);
}
