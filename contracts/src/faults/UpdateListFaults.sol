// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IUpdateListFaults} from "../interfaces/IUpdateListFaults.sol";
import {Evidence} from "../libraries/Evidence.sol";
import {VerkleHash} from "../libraries/VerkleHash.sol";
import {AccessLeaf, Preimage, Range, UpdateEntry} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {FaultModule} from "./FaultModule.sol";
import {UpdateFaultBase} from "./UpdateFaultBase.sol";

/// @title Faults of the update list by itself and against the access list (O6: F0, F4, F5, F6)
contract UpdateListFaults is UpdateFaultBase, IUpdateListFaults {
    constructor(IFaultContract faults_) FaultModule(faults_) {}

    /// @inheritdoc IUpdateListFaults
    function reportForm(
        bytes calldata headerWords,
        Range calldata entries,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        _requireRange(header.updateRoot, entries);
        bool isFault;
        if (entries.items.length == 1) isFault = !Evidence.isUpdateEntry(entries.items[0]);
        else if (entries.items.length == 2) isFault = _orderAt(entries, 0) >= _orderAt(entries, 1);
        if (!isFault) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateListFaults
    function reportMissingParent(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata absence,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory child = _requireEntry(header.updateRoot, entry);
        if (child.length == 1) revert NoFault();
        _requireAbsent(header.updateRoot, absence, child.length - 1, child.path);
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateListFaults
    function reportStemWithKids(
        bytes calldata headerWords,
        Range calldata entry,
        Range calldata kid,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory parent = _requireEntry(header.updateRoot, entry);
        UpdateEntry memory child = _requireEntry(header.updateRoot, kid);
        bool isBelow = child.length == parent.length + 1
            && Evidence.cut(child.path, parent.length) == Evidence.cut(parent.path, parent.length);
        if (!parent.isStem || !isBelow) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateListFaults
    function reportStemOverOther(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory changed = _requireEntry(header.updateRoot, entry);
        Kind kind = _kindOf(changed.before, before);
        bool isOther = kind == Kind.Inner || (kind == Kind.Stem && before.stem != changed.path);
        if (!changed.isStem || !isOther) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateListFaults
    function reportNeedlessNode(
        bytes calldata headerWords,
        Range calldata entry,
        Preimage calldata before,
        Range calldata kids,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        UpdateEntry memory node = _requireEntry(header.updateRoot, entry);
        if (node.isStem || _kindOf(node.before, before) == Kind.Inner) revert NoFault();
        _requireRange(header.updateRoot, kids);
        (uint256 least, uint256 greatest) = Evidence.orderOfKids(node.length, node.path);
        _requireComplete(kids, least, greatest);
        uint256 stems = 0;
        for (uint256 i = 0; i < kids.items.length; ++i) {
            UpdateEntry memory kid = Evidence.readUpdateEntry(kids.items[i]);
            uint256 order = Evidence.orderOf(kid);
            if (order < least || order > greatest) continue;
            ++stems;
            if (!kid.isStem || stems > 1) revert NoFault();
        }
        _convict(headerWords, accused);
    }

    /// @inheritdoc IUpdateListFaults
    function reportMissingStem(
        bytes calldata headerWords,
        StemReason calldata reason,
        Range calldata deepest,
        Range calldata absence,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        if (reason.node.items.length == 0) _requireWritten(header.accessRoot, reason);
        else _requireResident(header.updateRoot, reason);
        uint256 length = 0;
        bool isOther = false;
        if (deepest.items.length != 0) {
            UpdateEntry memory entry = _requireEntry(header.updateRoot, deepest);
            length = entry.length;
            bool isOnWay = Evidence.cut(entry.path, length) == Evidence.cut(reason.stem, length);
            if (!isOnWay || (entry.isStem && entry.path == reason.stem)) revert NoFault();
            isOther = entry.isStem;
        }
        if (!isOther) _requireAbsent(header.updateRoot, absence, length + 1, reason.stem);
        _convict(headerWords, accused);
    }

    /// @dev A key of the stem has another value after the packet than before it.
    function _requireWritten(bytes32 accessRoot, StemReason calldata reason) private pure {
        AccessLeaf memory first = Evidence.readAccessLeaf(_requireItem(accessRoot, reason.first));
        _requireRange(accessRoot, reason.last);
        uint256 size = reason.last.items.length;
        if (size == 0 || size > 2) revert WrongRange();
        AccessLeaf memory last = Evidence.readAccessLeaf(reason.last.items[0]);
        bool isLast = size == 1
            ? _isAtEnd(reason.last)
            : Evidence.readAccessLeaf(reason.last.items[1]).key != last.key;
        bool isKey = first.index == 0 && first.key == last.key && isLast
            && bytes31(first.key) == reason.stem;
        if (!isKey || first.value == last.value) revert NoFault();
    }

    /// @dev The stem was in the slot of an inner node that is new.
    function _requireResident(bytes32 updateRoot, StemReason calldata reason) private pure {
        UpdateEntry memory node = _requireEntry(updateRoot, reason.node);
        bool isResident = node.before == VerkleHash.hashStem(reason.stem, reason.body);
        if (node.isStem || !isResident) revert NoFault();
    }
}
