// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "./IFaultContract.sol";

/// @title What all fault modules share
/// @notice A function shows that a header contradicts itself, its body or the state, whoever signed it; the fault
/// contract then slashes the accused. Reverts if there is no fault.
interface IFaultModule {
    /// @notice The evidence shows no fault.
    error NoFault();
    /// @notice The items are not in the list at their places, or not as many as the fault takes.
    error WrongRange();

    /// @notice The contract that judges packets by this module.
    function faults() external view returns (IFaultContract);
}
