// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Preimage, Range} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {StemClaim, StemProof} from "../types/Verkle.sol";
import {IUpdateFaults} from "./IUpdateFaults.sol";

/// @title Faults of the update list against the state before it (O6: F1, F3, F4)
interface IUpdateNodeFaults is IUpdateFaults {
    /// @notice Reports an entry whose scalar before is not what the state before has in its slot (F1).
    /// @param claim Values of any stem below the slot, or in it.
    /// @param proof Their proof under the state root before.
    function reportBefore(
        bytes calldata headerWords,
        Range calldata entry,
        StemClaim calldata claim,
        StemProof calldata proof,
        Accused calldata accused
    ) external;

    /// @notice Reports an inner node whose scalar after is not what follows from its slots (F3).
    /// @param entry The node's entry; no items for the root.
    /// @param before What its slot held.
    /// @param kids The entries below it, with the ones before and after them.
    function reportNode(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Range calldata kids,
        Accused calldata accused
    ) external;

    /// @notice Reports an entry with a stem whose scalar after is not what follows from the values (F4).
    /// @param leaves All leaves of the stem in the access list, with the ones before and after them.
    /// @param value Value of the stem's first key if the list has none of its keys.
    /// @param proof Proof of the values before of these keys, under the state root before.
    function reportStem(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata leaves,
        bytes32 value,
        StemProof calldata proof,
        Accused calldata accused
    ) external;
}
