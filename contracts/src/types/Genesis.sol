// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice The start of a network, as the State Contract's constructor fixes it.
struct Genesis {
    /// Hash of the `Config`.
    bytes32 configHash;
    /// Verkle root of the genesis state.
    bytes32 stateRoot;
    /// L1 block of the deployment.
    uint64 l1Number;
    /// Hash of the L1 block before it.
    bytes32 l1ParentHash;
}
