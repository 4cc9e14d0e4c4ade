// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Accused} from "../types/Faults.sol";
import {IFaultModule} from "./IFaultModule.sol";

/// @title Faults of a header against its payload and against its L1 anchor
interface IDataFaults is IFaultModule {
    /// @notice Reports a payload that has the header's hash but not its transactions' root, or no canonical form (O3).
    function reportPayload(
        bytes calldata headerWords,
        bytes calldata payload,
        Accused calldata accused
    ) external;

    /// @notice Reports an anchor whose L1 header has another number or PREVRANDAO, or breaks the rule of its age (O7).
    /// @param headerRlp RLP of the L1 header with the hash that the packet names.
    function reportEnvironment(
        bytes calldata headerWords,
        bytes calldata headerRlp,
        Accused calldata accused
    ) external;

    /// @notice Computes the transactions' root of a payload; reverts if it has no canonical form.
    function transactionsRootOf(bytes calldata payload) external pure returns (bytes32);
}
