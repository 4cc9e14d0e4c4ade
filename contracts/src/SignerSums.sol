// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MemberTables} from "./MemberTables.sol";
import {ISignerSums} from "./interfaces/ISignerSums.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {BLS} from "./libraries/BLS.sol";
import {Bitmaps} from "./libraries/Bitmaps.sol";
import {Committees} from "./libraries/Committees.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {PackedIds} from "./libraries/PackedIds.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Committee, SignerChange} from "./types/Commit.sol";
import {G1Point} from "./types/Points.sol";

/// @title Sums of signers' keys, counted from another set
abstract contract SignerSums is MemberTables {
    using Bitmaps for uint256[];

    /// @dev Members in which the signers differ from the set to start from.
    struct Changed {
        uint32[] ids;
        bytes32[] keyHashes;
        /// Those that did not sign.
        bool[] isSubtracted;
        uint256 found;
    }

    /// @inheritdoc ISignerSums
    function sumOf(
        Group calldata group,
        uint256[] calldata signers,
        G1Point calldata baseKey,
        bytes calldata encodedChange
    ) external view override returns (Sum memory sum) {
        SignerChange calldata change = _readChange(encodedChange);
        bytes32[] memory membersHashes = _requireCommittees(group, change.committees);
        sum.groupHash = Payouts.hashGroup(membersHashes);
        if (change.base.length == 0) {
            sum.key = _sumCommittees(change.committees);
        } else {
            sum.key = baseKey;
            sum.baseSet = _hashSet(group, membersHashes[0], change.base, sum.key);
        }
        _applyDifference(signers, change, sum.key);
        if (group.isWhole) return sum;
        sum.changedSet = _hashSet(group, membersHashes[0], signers, sum.key);
    }

    /// @dev Hash of an opened committee, or of the members of one not opened yet.
    function _committeeHash(uint64 epoch, uint32 committee) internal view virtual returns (bytes32);

    /// @dev The ABI-encoded change, where it lies in the calldata.
    function _readChange(bytes calldata encoded)
        private
        pure
        returns (SignerChange calldata change)
    {
        uint256 offset = abi.decode(encoded, (uint256));
        if (offset > encoded.length) revert MalformedChange();
        assembly ("memory-safe") {
            change := add(encoded.offset, offset)
        }
    }

    function _requireCommittees(Group calldata group, Committee[] calldata committees)
        private
        view
        returns (bytes32[] memory membersHashes)
    {
        uint256 count = committees.length;
        uint256 expected = group.isWhole ? COMMITTEES : 1;
        if (count != expected) {
            revert IStateContract.WrongCommittee(group.epoch, Narrow.toUint32(group.committee));
        }
        membersHashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            Committee calldata committee = committees[i];
            uint32 index = Narrow.toUint32(group.committee + i);
            membersHashes[i] = PackedIds.hashCalldata(committee.members);
            bytes32 opened = Committees.hashOpened(
                group.epochHash, index, membersHashes[i], committee.ejected, committee.key
            );
            if (_committeeHash(group.epoch, index) != opened) {
                revert IStateContract.WrongCommittee(group.epoch, index);
            }
        }
    }

    function _sumCommittees(Committee[] calldata committees)
        private
        view
        returns (G1Point memory sum)
    {
        sum = committees[0].key;
        for (uint256 i = 1; i < committees.length; ++i) {
            BLS.addTo(sum, committees[i].key);
        }
    }

    /// @dev Adds to `key` the signers that it lacks and subtracts the others. Each position has at most one key,
    /// in ascending order, so none counts twice.
    function _applyDifference(
        uint256[] calldata signers,
        SignerChange calldata change,
        G1Point memory key
    ) private view {
        uint256 size = change.committees.length * COMMITTEE_SIZE;
        uint256[] memory difference = _listDifference(signers, change, size);
        uint256 count = 0;
        for (uint256 i = 0; i < difference.length; ++i) {
            count += Bitmaps.countWord(difference[i]);
        }
        if (count != change.keys.length) {
            revert IStateContract.WrongKeyCount(count, change.keys.length);
        }
        if (count == 0) return;

        Changed memory changed =
            Changed(new uint32[](count), new bytes32[](count), new bool[](count), 0);
        _listMembers(changed, difference, signers, change.committees);
        uint256 matching = BLS.addKeys(key, change.keys, changed.keyHashes, changed.isSubtracted);
        if (matching != count) revert IStateContract.WrongKey(changed.ids[matching]);
    }

    /// @dev Bits of the positions that are in exactly one of the signers and the set to start from. Refuses signers
    /// that were ejected; the whole group is without them.
    function _listDifference(uint256[] calldata signers, SignerChange calldata change, uint256 size)
        private
        view
        returns (uint256[] memory difference)
    {
        bool isFull = change.base.length == 0;
        if (!isFull && !change.base.isOfSize(size)) revert IStateContract.MalformedBitmap();
        difference = new uint256[](signers.length);
        for (uint256 i = 0; i < difference.length; ++i) {
            difference[i] = signers[i] ^ (isFull ? Bitmaps.fullWord(size, i) : change.base[i]);
        }
        for (uint256 c = 0; c < change.committees.length; ++c) {
            uint256[] calldata ejected = change.committees[c].ejected;
            for (uint256 i = 0; i < ejected.length; ++i) {
                for (uint256 rest = ejected[i]; rest != 0; rest &= rest - 1) {
                    uint256 position =
                        c * COMMITTEE_SIZE + i * Bitmaps.PER_WORD + Bitmaps.lowestOf(rest);
                    uint256 word = position / Bitmaps.PER_WORD;
                    uint256 bit = uint256(1) << (position % Bitmaps.PER_WORD);
                    if (signers[word] & bit != 0) revert IStateContract.SignerIsEjected(position);
                    if (isFull) difference[word] &= ~bit;
                }
            }
        }
    }

    /// @dev Lists the members at the positions of a bitmap.
    function _listMembers(
        Changed memory changed,
        uint256[] memory positions,
        uint256[] calldata signers,
        Committee[] calldata committees
    ) private view {
        uint256[] calldata members = committees[0].members;
        uint256 start = 0;
        // None of these can overflow: a group has at most 2048 members.
        unchecked {
            for (uint256 i = 0; i < positions.length; ++i) {
                for (uint256 rest = positions[i]; rest != 0; rest &= rest - 1) {
                    uint256 bit = Bitmaps.lowestOf(rest);
                    uint256 place = Bitmaps.PER_WORD * i + bit - start;
                    if (place >= COMMITTEE_SIZE) {
                        start += place - place % COMMITTEE_SIZE;
                        place %= COMMITTEE_SIZE;
                        members = committees[start / COMMITTEE_SIZE].members;
                    }
                    uint32 id = PackedIds.idAt(members, place);
                    changed.ids[changed.found] = id;
                    changed.keyHashes[changed.found] = _members[id].keyHash;
                    changed.isSubtracted[changed.found++] = (signers[i] >> bit) & 1 == 0;
                }
            }
        }
    }

    function _hashSet(
        Group calldata group,
        bytes32 membersHash,
        uint256[] calldata bitmap,
        G1Point memory key
    ) private pure returns (bytes26) {
        return Committees.hashSignerSet(group.epochHash, group.committee, membersHash, bitmap, key);
    }
}
