// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What slashed stake refills first
interface IBridgeFund {
    /// @notice What the bridge owes beyond what it has, wei.
    function shortfall() external view returns (uint256);

    /// @notice Takes the sent ETH.
    function refill() external payable;
}
