// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessFaults} from "../interfaces/IAccessFaults.sol";
import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {Evidence} from "../libraries/Evidence.sol";
import {VerkleVerifier} from "../libraries/VerkleVerifier.sol";
import {AccessLeaf, Range} from "../types/Evidence.sol";
import {Accused} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {StemClaim, StemProof} from "../types/Verkle.sol";
import {FaultModule} from "./FaultModule.sol";

/// @title Faults of the access list: a false value before, and faults of form
contract AccessFaults is FaultModule, IAccessFaults {
    uint256 private immutable L2_CHAIN_ID;

    constructor(IFaultContract faults_, uint64 l2ChainId) FaultModule(faults_) {
        L2_CHAIN_ID = l2ChainId;
    }

    /// @inheritdoc IAccessFaults
    function reportValueBefore(
        bytes calldata headerWords,
        Range calldata leaf,
        bytes32 value,
        StemProof calldata proof,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        AccessLeaf memory listed = Evidence.readAccessLeaf(_requireItem(header.accessRoot, leaf));
        if (listed.index != 0 || listed.value == value) revert NoFault();
        StemClaim memory claim = StemClaim({
            stem: bytes31(listed.key),
            suffixes: abi.encodePacked(listed.key[31]),
            values: new bytes32[](1)
        });
        claim.values[0] = value;
        VerkleVerifier.verify(L2_CHAIN_ID, header.preStateRoot, claim, proof);
        _convict(headerWords, accused);
    }

    /// @inheritdoc IAccessFaults
    function reportForm(bytes calldata headerWords, Range calldata leaves, Accused calldata accused)
        external
        override
    {
        Header memory header = _decode(headerWords);
        _requireRange(header.accessRoot, leaves);
        bool isFault;
        if (leaves.items.length == 1) isFault = _isFaultOfFirst(leaves);
        else if (leaves.items.length == 2) isFault = _isFaultOfPair(leaves);
        if (!isFault) revert NoFault();
        _convict(headerWords, accused);
    }

    function _isFaultOfFirst(Range calldata leaves) private pure returns (bool) {
        if (!Evidence.isAccessLeaf(leaves.items[0])) return true;
        return _isAtStart(leaves) && Evidence.readAccessLeaf(leaves.items[0]).index != 0;
    }

    function _isFaultOfPair(Range calldata leaves) private pure returns (bool) {
        AccessLeaf memory left = Evidence.readAccessLeaf(leaves.items[0]);
        AccessLeaf memory right = Evidence.readAccessLeaf(leaves.items[1]);
        if (left.key != right.key) return left.key > right.key || right.index != 0;
        return left.index >= right.index || left.value == right.value;
    }
}
