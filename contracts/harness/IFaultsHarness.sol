// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shown, StemClaim, StemProof} from "../src/types/Verkle.sol";

/// @title The internal functions of the faults' libraries as calls, for tests from outside
interface IFaultsHarness {
    event StemVerified(uint256 scalar);

    /// Not a view, so that its gas is measured as a transaction's.
    function verifyStem(
        uint256 chainId,
        bytes32 root,
        StemClaim calldata claim,
        StemProof calldata proof
    ) external returns (Shown memory shown);

    function rootOfUnity(uint256 index) external pure returns (uint256);
}
