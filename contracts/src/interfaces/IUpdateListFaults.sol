// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Preimage, Range} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {IUpdateFaults} from "./IUpdateFaults.sol";

/// @title Faults of the update list by itself and against the access list (O6: F0, F4, F5, F6)
interface IUpdateListFaults is IUpdateFaults {
    /// @notice Why a stem must be in the tree afterwards at a slot that changed: a key of it was written, or it was in
    /// the slot of a new inner node.
    struct StemReason {
        /// The stem.
        bytes31 stem;
        /// The leaf with the value before of a key of the stem; no items if it was a resident.
        Range first;
        /// The last leaf of that key, and the leaf after it unless the list ends.
        Range last;
        /// The entry of the new inner node; no items if a key was written.
        Range node;
        /// The hash of what was under the resident.
        bytes32 body;
    }

    /// @notice Reports one entry, or two in a row, that no list has (F0): of another form, no change, not ascending.
    function reportForm(
        bytes calldata headerWords,
        Range calldata entries,
        Accused calldata accused
    ) external;

    /// @notice Reports an entry below an inner node whose own slot has none (F0).
    /// @param absence The entries around the place where the parent's would be.
    function reportMissingParent(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata absence,
        Accused calldata accused
    ) external;

    /// @notice Reports an entry with a stem whose slot has entries below it (F4).
    function reportStemWithKids(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata kid,
        Accused calldata accused
    ) external;

    /// @notice Reports an entry with a stem in a slot that held an inner node or another stem (F4): nothing is deleted.
    /// @param before What the slot held.
    function reportStemOverOther(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Accused calldata accused
    ) external;

    /// @notice Reports a new inner node that has no changed slot, or one with a stem only (F5).
    /// @param before What the slot held.
    /// @param kids The entries below it, with the ones before and after them.
    function reportNeedlessNode(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Range calldata kids,
        Accused calldata accused
    ) external;

    /// @notice Reports a stem that must have an entry and has none (F6).
    /// @param reason Why it must.
    /// @param deepest The deepest entry on its way; no items if there is none.
    /// @param absence The entries around the place of the next one; no items needed if the deepest holds another stem.
    function reportMissingStem(
        bytes calldata headerWords,
        StemReason calldata reason,
        Range calldata deepest,
        Range calldata absence,
        Accused calldata accused
    ) external;
}
