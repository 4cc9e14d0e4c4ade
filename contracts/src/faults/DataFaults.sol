// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDataFaults} from "../interfaces/IDataFaults.sol";
import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {L1HeaderFields, L1Fields} from "../libraries/L1HeaderFields.sol";
import {Accused} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {FaultModule} from "./FaultModule.sol";

/// @title Faults of a header against its payload and against its L1 anchor
contract DataFaults is FaultModule, IDataFaults {
    uint64 private immutable ANCHOR_MAX_AGE;

    constructor(IFaultContract faults_, uint64 anchorMaxAge) FaultModule(faults_) {
        ANCHOR_MAX_AGE = anchorMaxAge;
    }

    /// @inheritdoc IDataFaults
    function reportPayload(
        bytes calldata headerWords,
        bytes calldata payload,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        if (keccak256(payload) != header.payloadHash) revert NoFault();
        try this.transactionsRootOf(payload) returns (bytes32 root) {
            if (root == header.transactionsRoot) revert NoFault();
        } catch (bytes memory reason) {
            // Anything else than a malformed payload, such as too little gas, proves nothing.
            bytes memory malformed = abi.encodePacked(Encoding.MalformedPayload.selector);
            if (keccak256(reason) != keccak256(malformed)) revert NoFault();
        }
        _convict(headerWords, accused);
    }

    /// @inheritdoc IDataFaults
    function reportEnvironment(
        bytes calldata headerWords,
        bytes calldata headerRlp,
        Accused calldata accused
    ) external override {
        Header memory header = _decode(headerWords);
        if (keccak256(headerRlp) != header.l1Hash) revert NoFault();
        L1Fields memory anchor = L1HeaderFields.read(headerRlp);
        bool isSame = anchor.number == header.l1Number && anchor.prevRandao == header.prevRandao;
        bool isInTime = anchor.timestamp <= header.timestamp
            && header.timestamp - anchor.timestamp <= ANCHOR_MAX_AGE;
        if (isSame && isInTime) revert NoFault();
        _convict(headerWords, accused);
    }

    /// @inheritdoc IDataFaults
    function transactionsRootOf(bytes calldata payload) external pure override returns (bytes32) {
        return Encoding.computeTransactionsRoot(payload);
    }
}
