// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the State Contract needs of the inbox
/// @notice Messages from L1 to L2 are counted from 0 and consumed in their order.
interface IInbox {
    /// @notice The hash chain after the first `count` messages, if a packet may have consumed as many; else reverts.
    /// @param parentCount Messages that the packets before consumed.
    /// @param count Messages that are consumed after the packet.
    /// @param l1Number The packet's L1 anchor.
    function hashAfter(uint64 parentCount, uint64 count, uint64 l1Number)
        external
        view
        returns (bytes32 inboxHash);
}
