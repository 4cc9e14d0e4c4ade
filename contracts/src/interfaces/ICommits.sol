// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the fault contract needs of the State Contract
interface ICommits {
    /// @notice The commit of a packet, if it is committed and its record is kept; else reverts.
    /// @param number Number of the packet.
    /// @param digest Its digest.
    /// @param proof What the State Contract keeps the hash of.
    /// @return l1Number L1 block of the commit.
    /// @return signers Ids of the seats that signed it.
    function commitOf(uint64 number, bytes32 digest, bytes calldata proof)
        external
        view
        returns (uint64 l1Number, uint32[] memory signers);

    /// @notice Makes the parent of a packet the head, if the packet is committed, not final, and was judged invalid.
    /// @param headerWords Header of the packet, its 26 words.
    /// @param parentWords Header of its parent; empty if that is the genesis.
    /// @param proof As `commitOf` takes it.
    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata proof)
        external;

    /// @notice Domain of every digest of this network.
    function domain() external view returns (bytes32);

    /// @notice keccak of the ABI-encoded `Config`.
    function configHash() external view returns (bytes32);
}
