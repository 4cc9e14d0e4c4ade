// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the State Contract needs of the appeals
interface IAppeals {
    /// @notice Number of the first packet with an open appeal; the greatest uint64 if there is none.
    function firstOpenAppeal() external view returns (uint64 number);
}
