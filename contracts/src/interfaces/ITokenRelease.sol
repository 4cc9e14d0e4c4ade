// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the token bridge of the L2 calls on the L1
interface ITokenRelease {
    /// @notice Releases tokens that left the L2.
    /// @param l1Token The token.
    /// @param from Who sent them on the L2.
    /// @param to Who gets them.
    function finalizeWithdrawal(address l1Token, address from, address to, uint256 amount) external;
}
