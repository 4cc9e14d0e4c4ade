// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the inbox and the bridge need of the State Contract, beside `ICommits`
interface IExits {
    /// @notice Messages that the committed packets consumed.
    /// @dev A reset takes it back to what the packets before the invalid one consumed.
    function inboxCount() external view returns (uint64);

    /// @notice The state root that everybody exits by, once the escape is open; zero before.
    function escapeRoot() external view returns (bytes32);
}
