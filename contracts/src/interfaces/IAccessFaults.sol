// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Range} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {StemProof} from "../types/Verkle.sol";
import {IFaultModule} from "./IFaultModule.sol";

/// @title Faults of the access list: a false value before, and faults of form
interface IAccessFaults is IFaultModule {
    /// @notice Reports a leaf whose value before the packet is not what the state before it has (O4).
    /// @param leaf The leaf, with index 0.
    /// @param value The true value; zero if the key is absent.
    /// @param proof Proof of the true value under the state root before.
    function reportValueBefore(
        bytes calldata headerWords,
        Range calldata leaf,
        bytes32 value,
        StemProof calldata proof,
        Accused calldata accused
    ) external;

    /// @notice Reports one leaf, or two in a row, that no list has: of another size, not ascending, a key that does
    /// not start with its value before, a write of the value that was there.
    function reportForm(bytes calldata headerWords, Range calldata leaves, Accused calldata accused)
        external;
}
