// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccountProof} from "../types/Bridge.sol";
import {Shown, StemClaim, StemProof} from "../types/Verkle.sol";
import {Messages} from "./Messages.sol";
import {Nullifiers} from "./Nullifiers.sol";
import {StateKeys} from "./StateKeys.sol";
import {VerkleVerifier} from "./VerkleVerifier.sol";

/// @title What accounts and storage slots of the L2 have under a state root, and whose that is on the L1
library ExitProofs {
    /// @notice The account on the L2 has code, and the same code is not at its address here.
    error NotTheSameCode(address account);

    bytes3 private constant DELEGATION = 0xef0100;

    /// @notice Requires what is said of an account.
    /// @return balance Its balance, wei.
    /// @return position Its place in the set of what was paid.
    function requireAccount(uint256 l2ChainId, bytes32 root, AccountProof calldata account)
        internal
        view
        returns (uint256 balance, uint256 position)
    {
        StemClaim memory claim;
        claim.stem = StateKeys.accountStem(account.account);
        claim.suffixes = abi.encodePacked(StateKeys.BASIC_DATA_SUFFIX, StateKeys.CODE_HASH_SUFFIX);
        claim.values = new bytes32[](2);
        claim.values[0] = account.basicData;
        claim.values[1] = account.codeHash;
        position = _requireClaim(l2ChainId, root, claim, account.proof);
        // The lower half of the leaf.
        balance = uint128(uint256(account.basicData));
    }

    /// @notice Requires that a storage slot of an account has a value.
    /// @return position Its place in the set of what was paid.
    function requireSlot(
        uint256 l2ChainId,
        bytes32 root,
        address account,
        bytes32 slot,
        uint256 value,
        StemProof calldata proof
    ) internal view returns (uint256 position) {
        StemClaim memory claim;
        uint8 suffix;
        (claim.stem, suffix) = StateKeys.storageKey(account, slot);
        claim.suffixes = abi.encodePacked(suffix);
        claim.values = new bytes32[](1);
        claim.values[0] = bytes32(value);
        position = _requireClaim(l2ChainId, root, claim, proof);
    }

    /// @notice Who gets on the L1 what an account has on the L2.
    /// @dev An account without code, or with a delegation, is a key's: that key's on the L1 too, unless it is the alias of
    /// a contract of the L1, whose it is then. A contract is at the same address only if the same code is: else whoever
    /// can deploy other code there would take it.
    function receiverOf(AccountProof calldata account) internal view returns (address) {
        address owner = account.account;
        bool isContract = account.codeHash != 0
            && account.codeHash != keccak256(abi.encodePacked(DELEGATION, account.delegate));
        if (isContract) {
            if (owner.codehash != account.codeHash) revert NotTheSameCode(owner);
            return owner;
        }
        // Nobody calls from an alias, so a caller needs no look at the contract.
        if (msg.sender == owner) return owner;
        address l1Contract = Messages.unaliasOf(owner);
        return l1Contract.code.length > 0 ? l1Contract : owner;
    }

    function _requireClaim(
        uint256 l2ChainId,
        bytes32 root,
        StemClaim memory claim,
        StemProof calldata proof
    ) private view returns (uint256) {
        Shown memory shown = VerkleVerifier.verify(l2ChainId, root, claim, proof);
        return Nullifiers.positionOf(claim.stem, shown.depth);
    }
}
