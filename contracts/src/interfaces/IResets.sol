// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the appeals need of the State Contract
interface IResets {
    /// @notice Makes the parent of a packet the head, if the packet is committed, not final, and was judged invalid.
    /// @param headerWords Header of the packet.
    /// @param parentWords Header of its parent; ignored if that is the genesis.
    /// @param proof As `ICommits` takes it.
    function reset(bytes calldata headerWords, bytes calldata parentWords, bytes calldata proof)
        external;
}
