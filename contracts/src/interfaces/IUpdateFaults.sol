// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultModule} from "./IFaultModule.sol";

/// @title What the faults of the update list share
interface IUpdateFaults is IFaultModule {
    /// @notice The preimage is not that of the scalar before.
    error WrongPreimage();
}
