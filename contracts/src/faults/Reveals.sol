// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICommits} from "../interfaces/ICommits.sol";
import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IReveals} from "../interfaces/IReveals.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {MerkleRanges} from "../libraries/MerkleRanges.sol";
import {Config} from "../types/Config.sol";
import {Accused} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {FaultModule} from "./FaultModule.sol";

/// @title Reveals: lists that a committed packet stands for and nobody shows
/// @notice Anyone demands a node or a leaf of such a list with a bond; who answers is paid the bond, and a demand
/// that is not answered in time refutes the packet. Node `index` of level `l` stands over the leaves from
/// `index · 2^l` on; level 0 are the leaves.
contract Reveals is FaultModule, IReveals {
    struct Demand {
        address asker;
        uint64 deadline;
        uint256 bond;
    }

    uint256 private constant MAX_LEVEL = 63;
    /// @dev Parts of the evidence window that an answer may take, and of a seat's price that a bond is.
    uint64 private constant RESPONSE_PART = 8;
    uint256 private constant BOND_PART = 32;
    /// @dev With the doubling of the bond, bounds what signers can be made to answer at a time.
    uint256 private constant MAX_DEMANDS = 8;

    uint64 private immutable EVIDENCE_WINDOW;
    uint256 private immutable BOND;
    ICommits private immutable COMMITS;

    mapping(bytes32 key => Demand demand) private _demands;
    mapping(bytes32 digest => uint256 count) private _openDemands;
    mapping(address account => uint256 amount) private _credits;

    constructor(Config memory config, ICommits commits, IFaultContract faults_)
        FaultModule(faults_)
    {
        EVIDENCE_WINDOW = config.evidenceWindow;
        BOND = config.seatPrice / BOND_PART;
        COMMITS = commits;
    }

    /// @inheritdoc IReveals
    function demand(bytes calldata headerWords, Place calldata place, bytes calldata commitProof)
        external
        payable
        override
    {
        Header memory header = _decode(headerWords);
        bytes32 digest = _digestOf(headerWords);
        COMMITS.commitOf(header.number, digest, commitProof);
        uint64 deadline = uint64(block.number) + EVIDENCE_WINDOW / RESPONSE_PART;
        if (header.l1Number + EVIDENCE_WINDOW <= deadline) revert DemandTooLate(header.l1Number);
        uint256 bond = bondOf(digest);
        if (msg.value != bond) revert WrongBond(bond, msg.value);
        if (_openDemands[digest]++ == MAX_DEMANDS) revert TooManyDemands();
        bytes32 key = _keyOf(digest, place);
        if (_demands[key].deadline != 0) revert AlreadyDemanded();
        _demands[key] = Demand(msg.sender, deadline, bond);
        emit NodeDemanded(digest, place, msg.sender, bond, deadline);
    }

    /// @inheritdoc IReveals
    function answer(bytes calldata headerWords, Place calldata place, Answer calldata answer_)
        external
        override
    {
        Header memory header = _decode(headerWords);
        bytes32 digest = _digestOf(headerWords);
        Demand memory found = _take(digest, place);
        if (block.number > found.deadline) revert DeadlinePassed(found.deadline);
        bytes32 root = place.list == List.Access ? header.accessRoot : header.updateRoot;
        if (!_isAnswer(root, place, answer_)) revert WrongAnswer();
        _credits[msg.sender] += found.bond;
        emit NodeRevealed(digest, place, msg.sender);
    }

    /// @inheritdoc IReveals
    function reportWithheld(
        bytes calldata headerWords,
        Place calldata place,
        Accused calldata accused
    ) external override {
        bytes32 digest = _digestOf(headerWords);
        Demand memory found = _take(digest, place);
        if (block.number <= found.deadline) revert DeadlineAhead(found.deadline);
        _credits[found.asker] += found.bond;
        emit NodeWithheld(digest, place);
        faults.convict(headerWords, accused, found.asker);
    }

    /// @inheritdoc IReveals
    function withdrawBond() external override {
        uint256 amount = _credits[msg.sender];
        _credits[msg.sender] = 0;
        emit BondWithdrawn(msg.sender, amount);
        (bool success,) = msg.sender.call{value: amount}("");
        if (amount == 0 || !success) revert NothingPaid();
    }

    /// @inheritdoc IReveals
    function bondOf(bytes32 digest) public view override returns (uint256) {
        return BOND * 2 ** _openDemands[digest];
    }

    /// @dev Ends a demand.
    function _take(bytes32 digest, Place calldata place) private returns (Demand memory found) {
        bytes32 key = _keyOf(digest, place);
        found = _demands[key];
        if (found.deadline == 0) revert NotDemanded();
        delete _demands[key];
        _openDemands[digest] -= 1;
    }

    function _digestOf(bytes calldata headerWords) private view returns (bytes32) {
        return Encoding.computeDigest(faults.domain(), headerWords);
    }

    function _isAnswer(bytes32 root, Place calldata place, Answer calldata answer_)
        private
        pure
        returns (bool)
    {
        uint256 width = _widthOf(answer_.count, place.level);
        if (place.index >= width) {
            return MerkleRanges.isRoot(root, answer_.count, answer_.path);
        }
        bytes32 node;
        if (place.level == 0) {
            node = Merkle.hashLeafCalldata(answer_.item);
        } else if (2 * uint256(place.index) + 1 < _widthOf(answer_.count, place.level - 1)) {
            node = MerkleRanges.hashNode(answer_.left, answer_.right);
        } else {
            node = answer_.left;
        }
        return MerkleRanges.verifyNode(root, node, place.index, width, answer_.count, answer_.path);
    }

    /// @dev Nodes of a level.
    function _widthOf(uint256 count, uint256 level) private pure returns (uint256) {
        if (level > MAX_LEVEL) return 0;
        return (count + 2 ** level - 1) / 2 ** level;
    }

    function _keyOf(bytes32 digest, Place calldata place) private pure returns (bytes32) {
        return keccak256(abi.encode(digest, place));
    }
}
