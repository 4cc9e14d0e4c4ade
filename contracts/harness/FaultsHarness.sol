// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {VerkleVerifier} from "../src/libraries/VerkleVerifier.sol";
import {Shown, StemClaim, StemProof} from "../src/types/Verkle.sol";
import {IFaultsHarness} from "./IFaultsHarness.sol";

/// @title As its interface says
contract FaultsHarness is IFaultsHarness {
    function verifyStem(
        uint256 chainId,
        bytes32 root,
        StemClaim calldata claim,
        StemProof calldata proof
    ) external override returns (Shown memory shown) {
        shown = VerkleVerifier.verify(chainId, root, claim, proof);
        emit StemVerified(shown.scalar);
    }

    function rootOfUnity(uint256 index) external pure override returns (uint256) {
        return VerkleVerifier.rootOfUnity(index);
    }
}
