// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {WithdrawalsProof} from "./Commit.sol";
import {StemProof} from "./Verkle.sol";

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

/// @notice Shows that a committed packet logged a message of the outbox.
struct MessageProof {
    /// Number of the packet.
    uint64 number;
    /// Shows the packet and the root of its messages.
    WithdrawalsProof packet;
    /// Position in the packet of the transaction or message that logged it; messages from L1 come first.
    uint32 position;
    /// Its place among the logs of that position.
    uint32 log;
    /// Its place among the messages of the packet.
    uint64 index;
    /// The messages of the packet.
    uint64 count;
    /// Siblings from the leaf up.
    bytes32[] path;
}

/// @notice A payment through the fast door, of which the bridge keeps the hash until the packet cannot be reset.
struct FastPayout {
    /// Nonce of the message.
    uint64 nonce;
    /// Number of its packet.
    uint64 number;
    /// Digest of that packet.
    bytes32 digest;
    /// What was paid, wei.
    uint96 amount;
}

/// @notice Shows what an account of the L2 has under a state root.
struct AccountProof {
    /// The account.
    address account;
    /// Its balance, nonce and code size, as the leaf packs them.
    bytes32 basicData;
    /// keccak of its code; zero if it has none.
    bytes32 codeHash;
    /// What the account delegates to, if its code is a delegation; else zero.
    address delegate;
    /// Proof of both leaves.
    StemProof proof;
}
