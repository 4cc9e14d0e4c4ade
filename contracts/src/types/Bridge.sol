// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice A message from L1 to L2.
struct InboxMessage {
    /// Who sends it on the L2: the sender on the L1, aliased if that is a contract.
    address sender;
    /// Who is called on the L2.
    address target;
    /// ETH created on the L2 for the sender, wei.
    uint96 mint;
    /// ETH that the call sends, out of the sender's funds on the L2, wei.
    uint256 value;
    /// Gas of the call on the L2.
    uint64 gas;
    /// What the target is called with.
    bytes data;
}

/// @notice A message from L2 to L1.
struct Withdrawal {
    /// Number of the message in the outbox.
    uint64 nonce;
    /// Who sent it on the L2.
    address sender;
    /// Who is paid and called on the L1.
    address target;
    /// ETH that it carries, wei.
    uint256 value;
    /// Gas that the call is given.
    uint64 gas;
    /// What the target is called with; empty for a plain payment.
    bytes data;
}
