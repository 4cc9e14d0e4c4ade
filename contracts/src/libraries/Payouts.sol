// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PayoutPart, PayoutRecord} from "../types/Commit.sol";
import {Hashes} from "./Hashes.sol";
import {PackedIds} from "./PackedIds.sol";

/// @title Hashes of payouts, of which a ring slot keeps one a turn
library Payouts {
    /// @notice In a part: no seat earns the submitter's share.
    uint32 internal constant NO_SEAT = type(uint32).max;
    /// @notice Payouts of commits that are kept; ring slots from here on are those of charges.
    uint256 internal constant COMMIT_SLOTS = 8192;

    /// @notice Hashes the members of a group: keccak of the hashes of its committees' ids.
    function hashGroup(bytes32[] memory membersHashes) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(membersHashes));
    }

    /// @notice Hashes the members of a group of one committee.
    function hashGroup(bytes32 membersHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(membersHash));
    }

    /// @notice Hashes a packet's part of a payout.
    /// @param digest Digest of the packet.
    /// @param withdrawalsRoot Root of its messages.
    /// @param feesHash `hashFees` of the part, which a proof of its messages need not look into.
    function hashPart(bytes32 digest, bytes32 withdrawalsRoot, bytes32 feesHash)
        internal
        pure
        returns (bytes32)
    {
        return Hashes.ofThree(digest, withdrawalsRoot, feesHash);
    }

    /// @notice Hashes a part; its claims count as `claimed`.
    function hashPart(PayoutPart calldata part, uint256[] memory claimed, uint32 submitter)
        internal
        pure
        returns (bytes32)
    {
        bytes32[] memory hashes = new bytes32[](part.members.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = PackedIds.hash(part.members[i]);
        }
        bytes32 signersHash = keccak256(abi.encodePacked(part.signers));
        bytes32 claimedHash =
            claimed.length == 0 ? bytes32(0) : keccak256(abi.encodePacked(claimed));
        return hashPart(
            part.digest,
            part.withdrawalsRoot,
            hashFees(hashGroup(hashes), signersHash, claimedHash, part.share, submitter)
        );
    }

    /// @notice Hashes the fees of a packet of which nobody has claimed.
    function hashFees(bytes32 groupHash, uint256[] calldata signers, uint96 share, uint32 submitter)
        internal
        pure
        returns (bytes32)
    {
        return
            hashFees(groupHash, keccak256(abi.encodePacked(signers)), bytes32(0), share, submitter);
    }

    /// @notice Hashes the fees of a packet.
    function hashFees(
        bytes32 groupHash,
        bytes32 signersHash,
        bytes32 claimedHash,
        uint96 share,
        uint32 submitter
    ) internal pure returns (bytes32) {
        return Hashes.ofFive(
            groupHash,
            signersHash,
            claimedHash,
            bytes32(uint256(share)),
            bytes32(uint256(submitter))
        );
    }

    /// @notice Packs what the event of a commit says of a packet's fees.
    function packTerms(uint64 epoch, uint8 rung, uint32 submitter, uint96 share)
        internal
        pure
        returns (uint256)
    {
        return (uint256(epoch) << 136) | (uint256(rung) << 128) | (uint256(submitter) << 96) | share;
    }

    /// @notice Decides whether a slot keeps this record, with this part at `index`.
    function isRecord(
        bytes22 recordHash,
        PayoutRecord calldata record,
        uint256 index,
        bytes32 partHash
    ) internal pure returns (bool) {
        if (index >= record.parts.length || record.parts[index] != partHash) {
            return false;
        }
        return recordHash == hashRecord(record.submitter, record.refund, record.parts);
    }

    /// @notice Hashes a record, to 22 bytes.
    function hashRecord(address submitter, uint96 refund, bytes32[] memory parts)
        internal
        pure
        returns (bytes22)
    {
        return bytes22(keccak256(abi.encodePacked(submitter, refund, parts)));
    }
}
