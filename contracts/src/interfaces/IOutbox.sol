// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Messages from L2 to L1
/// @notice A predeploy of the L2. What it logs in a packet is under the packet's withdrawals root, and is paid or
/// called by the bridge on the L1. ETH sent with a message stays here for good.
interface IOutbox {
    /// @notice A message was sent.
    event MessageSent(
        uint64 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint64 gas,
        bytes data
    );

    /// @notice The gas for the call on the L1 is outside its bounds.
    error GasOutOfRange(uint64 least, uint64 most, uint64 found);
    /// @notice The data is more than one transaction of the L1 can show.
    error DataTooLarge(uint256 most, uint256 size);

    /// @notice Sends a message with the sent ETH.
    /// @param target Who gets the ETH and is called on the L1.
    /// @param gas Gas that the call is given there.
    /// @param data What it is called with; empty for a plain payment.
    /// @return nonce Number of the message, from 0 in order.
    function sendMessage(address target, uint64 gas, bytes calldata data)
        external
        payable
        returns (uint64 nonce);

    /// @notice Messages sent so far, and the nonce of the next one.
    function messageCount() external view returns (uint64);

    /// @notice 1 if a message with this hash was sent, else 0.
    function sentMessages(bytes32 withdrawalHash) external view returns (uint256);
}
