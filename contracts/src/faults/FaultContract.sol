// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICommits} from "../interfaces/ICommits.sol";
import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IFaultVerifier} from "../interfaces/IFaultVerifier.sol";
import {ISlasher} from "../interfaces/ISlasher.sol";
import {IVerdicts} from "../interfaces/IVerdicts.sol";
import {BLS} from "../libraries/BLS.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {Memory} from "../libraries/Memory.sol";
import {Config} from "../types/Config.sol";
import {Accused, Judgement, Members, Statement, Verdict} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {G1Point, G2Point} from "../types/Points.sol";

/// @title Fault Contract: who is guilty of what
/// @notice Two offences: to contradict oneself, and to say of a packet what a judgement refutes. A packet is judged
/// by a module that saw a fault of it, by the jurors of an appeal, or by a proof system.
/// There is no administrator, and nothing can be changed after deployment.
contract FaultContract is IFaultContract {
    uint8 private constant STATUS_INVALID = 0;
    uint8 private constant STATUS_VALID = 1;
    /// @dev Places of a header's number, view and L1 anchor among its words.
    uint256 private constant NUMBER_WORD = 1;
    uint256 private constant VIEW_WORD = 3;
    uint256 private constant L1_NUMBER_WORD = 9;
    /// @dev Bounds the gas of a report; more members take more reports.
    uint256 private constant MAX_ACCUSED = 192;

    uint64 private immutable EVIDENCE_WINDOW;
    ISlasher private immutable SLASHER;
    ICommits private immutable COMMITS;
    IFaultVerifier private immutable VERIFIER;
    address private immutable APPEALS;

    /// @inheritdoc IFaultContract
    bytes32 public immutable override domain;
    mapping(address module => bool) private _modules;
    mapping(bytes32 digest => Judgement judgement) private _judgements;

    /// @param modules Contracts that judge packets by a fault that they verify.
    /// @param appeals Contract of the jurors.
    /// @param verifier Proof system for wrong executions; the zero address if there is none.
    constructor(
        Config memory config,
        ISlasher slasher,
        ICommits commits,
        address[] memory modules,
        address appeals,
        IFaultVerifier verifier
    ) {
        if (commits.configHash() != Encoding.hashConfig(config)) {
            revert WrongNetwork();
        }
        EVIDENCE_WINDOW = config.evidenceWindow;
        SLASHER = slasher;
        COMMITS = commits;
        VERIFIER = verifier;
        APPEALS = appeals;
        domain = commits.domain();
        for (uint256 i = 0; i < modules.length; ++i) {
            _modules[modules[i]] = true;
        }
    }

    /// @inheritdoc IFaultContract
    function reportContradiction(
        Statement calldata first,
        Statement calldata second,
        G2Point calldata signature
    ) external override {
        bytes32 digest = Encoding.computeDigest(domain, first.header);
        bytes32 other = Encoding.computeDigest(domain, second.header);
        bytes32 offence = _requireContradiction(first, second, digest, other);
        _requireFew(first.signers.ids.length + second.signers.ids.length);
        bool areSame = second.signers.ids.length == 0;
        G1Point[] memory keys = new G1Point[](areSame ? 1 : 2);
        G2Point[] memory hashes = new G2Point[](keys.length);
        keys[0] = _sumKeys(first.signers);
        hashes[0] = _hash(digest, first.status);
        if (areSame) {
            // One pairing less: the same key multiplies both hashes.
            BLS.addTo(hashes[0], _hash(other, second.status));
        } else {
            keys[1] = _sumKeys(second.signers);
            hashes[1] = _hash(other, second.status);
        }
        if (!BLS.verifyAggregate(keys, hashes, signature)) revert InvalidSignature();
        uint32[] memory guilty = first.signers.ids;
        if (!areSame) guilty = _intersect(guilty, second.signers.ids);
        _slash(guilty, offence, msg.sender);
    }

    /// @inheritdoc IFaultContract
    function accuse(bytes calldata headerWords, uint8 status, Accused calldata accused)
        external
        override
    {
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(domain, headerWords);
        Judgement memory judgement = _judgements[digest];
        Verdict refuting = status == STATUS_VALID ? Verdict.Invalid : Verdict.Valid;
        if (status > STATUS_VALID || judgement.verdict != refuting) revert NotJudged(digest);
        _accuse(header, digest, status, accused, judgement.reporter);
    }

    /// @inheritdoc IFaultContract
    function reportByVerifier(
        bytes calldata headerWords,
        bytes calldata proof,
        Accused calldata accused
    ) external override {
        if (address(VERIFIER) == address(0)) revert NoFault();
        if (!VERIFIER.verifyFault(headerWords, proof)) revert NoFault();
        _convict(headerWords, accused, msg.sender);
    }

    /// @inheritdoc IFaultContract
    function convict(bytes calldata headerWords, Accused calldata accused, address reporter)
        external
        override
    {
        if (!_modules[msg.sender]) revert NotModule(msg.sender);
        _convict(headerWords, accused, reporter);
    }

    /// @inheritdoc IFaultContract
    function judge(bytes32 digest, Verdict verdict, address reporter, uint32[] calldata signers)
        external
        override
    {
        if (msg.sender != APPEALS) revert NotModule(msg.sender);
        if (_judgements[digest].verdict != Verdict.Open) revert AlreadyJudged(digest);
        _judge(digest, verdict, reporter);
        if (signers.length == 0) return;
        bytes32 offence = keccak256(abi.encode(digest, STATUS_VALID));
        uint256 guilty = SLASHER.queueSlash(signers, offence, reporter);
        if (guilty != 0) emit OffenceProven(offence, guilty, reporter);
    }

    /// @inheritdoc IFaultContract
    function judgementOf(bytes32 digest) external view override returns (Judgement memory) {
        return _judgements[digest];
    }

    /// @inheritdoc IVerdicts
    function isInvalid(bytes32 digest) external view override returns (bool) {
        return _judgements[digest].verdict == Verdict.Invalid;
    }

    /// @dev A proven fault outranks a vote. Further reports of a packet that is judged invalid only accuse.
    function _convict(bytes calldata headerWords, Accused calldata accused, address reporter)
        private
    {
        Header memory header = Encoding.decodeHeader(headerWords);
        bytes32 digest = Encoding.computeDigest(domain, headerWords);
        Judgement memory judgement = _judgements[digest];
        if (judgement.verdict != Verdict.Invalid) {
            _judge(digest, Verdict.Invalid, reporter);
            judgement.reporter = reporter;
            if (accused.signers.ids.length + accused.positions.length == 0) return;
        }
        _accuse(header, digest, STATUS_VALID, accused, judgement.reporter);
    }

    function _judge(bytes32 digest, Verdict verdict, address reporter) private {
        _judgements[digest] = Judgement(verdict, reporter);
        emit PacketJudged(digest, verdict, reporter);
    }

    /// @dev Slashes the members that said `status` of a packet. Commits are of status 1.
    function _accuse(
        Header memory header,
        bytes32 digest,
        uint8 status,
        Accused calldata accused,
        address reporter
    ) private {
        _requireFresh(header.l1Number);
        _requireFew(accused.signers.ids.length + accused.positions.length);
        bytes32 offence = keccak256(abi.encode(digest, status));
        uint256 guilty = 0;
        if (accused.signers.ids.length != 0) {
            G1Point[] memory keys = new G1Point[](1);
            G2Point[] memory hashes = new G2Point[](1);
            keys[0] = _sumKeys(accused.signers);
            hashes[0] = _hash(digest, status);
            if (!BLS.verifyAggregate(keys, hashes, accused.signature)) revert InvalidSignature();
            guilty += _queue(accused.signers.ids, offence, reporter);
        }
        if (accused.positions.length != 0 && status == STATUS_VALID) {
            guilty += _queue(_listCommitted(header.number, digest, accused), offence, reporter);
        }
        if (guilty == 0) revert NobodyGuilty();
        emit OffenceProven(offence, guilty, reporter);
    }

    function _slash(uint32[] memory ids, bytes32 offence, address reporter) private {
        uint256 guilty = _queue(ids, offence, reporter);
        if (guilty == 0) revert NobodyGuilty();
        emit OffenceProven(offence, guilty, reporter);
    }

    function _queue(uint32[] memory ids, bytes32 offence, address reporter)
        private
        returns (uint256)
    {
        return SLASHER.queueSlash(ids, offence, reporter);
    }

    /// @dev The members at the accused positions among the signers of the packet's commit.
    function _listCommitted(uint64 number, bytes32 digest, Accused calldata accused)
        private
        view
        returns (uint32[] memory ids)
    {
        (, uint32[] memory signers) = COMMITS.commitOf(number, digest, accused.commitProof);
        ids = new uint32[](accused.positions.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            uint32 position = accused.positions[i];
            if (i > 0 && position <= accused.positions[i - 1]) revert MalformedMembers();
            if (position >= signers.length) revert MalformedMembers();
            ids[i] = signers[position];
        }
    }

    /// @dev The offence that both statements together are. Words of the headers are compared as they are: whatever
    /// else is in a header, its signer signed both.
    function _requireContradiction(
        Statement calldata first,
        Statement calldata second,
        bytes32 digest,
        bytes32 other
    ) private view returns (bytes32) {
        uint256 l1Number = _wordOf(first.header, L1_NUMBER_WORD);
        uint256 otherL1Number = _wordOf(second.header, L1_NUMBER_WORD);
        _requireFresh(l1Number > otherL1Number ? l1Number : otherL1Number);
        if (digest == other) {
            bool areBoth = first.status == STATUS_INVALID && second.status == STATUS_VALID;
            if (!areBoth) revert NoContradiction();
            return keccak256(abi.encode(digest));
        }
        uint256 number = _wordOf(first.header, NUMBER_WORD);
        uint256 viewNumber = _wordOf(first.header, VIEW_WORD);
        bool isSameTurn = number == _wordOf(second.header, NUMBER_WORD)
            && viewNumber == _wordOf(second.header, VIEW_WORD);
        bool areBothValid = first.status == STATUS_VALID && second.status == STATUS_VALID;
        if (!isSameTurn || !areBothValid) revert NoContradiction();
        return keccak256(abi.encode(number, viewNumber));
    }

    /// @dev An anchor ahead of this block is fresh, too: a false one must not protect its signers.
    function _requireFresh(uint256 l1Number) private view {
        if (l1Number < block.number && block.number - l1Number > EVIDENCE_WINDOW) {
            revert EvidenceExpired(l1Number);
        }
    }

    function _hash(bytes32 digest, uint8 status) private view returns (G2Point memory) {
        return BLS.hashMessage(Encoding.computeEndorseMessage(digest, status));
    }

    function _requireFew(uint256 accused) private pure {
        if (accused > MAX_ACCUSED) revert TooManyAccused(MAX_ACCUSED, accused);
    }

    function _wordOf(bytes calldata headerWords, uint256 word) private pure returns (uint256) {
        return uint256(bytes32(headerWords[32 * word:32 * (word + 1)]));
    }

    /// @dev Every key's possession was proven when it was registered, so a sum of signatures needs them all.
    function _sumKeys(Members calldata members) private view returns (G1Point memory sum) {
        uint256 count = members.ids.length;
        if (count == 0 || count != members.keys.length) revert MalformedMembers();
        bytes32[] memory keyHashes = SLASHER.keyHashesOf(members.ids);
        for (uint256 i = 0; i < count; ++i) {
            uint32 id = members.ids[i];
            if (i > 0 && id <= members.ids[i - 1]) revert MalformedMembers();
            if (BLS.addKey(sum, members.keys[i], false) != keyHashes[i]) revert WrongKey(id);
        }
    }

    /// @dev The ids that are in both ascending lists.
    function _intersect(uint32[] memory left, uint32[] memory right)
        private
        pure
        returns (uint32[] memory both)
    {
        both = new uint32[](left.length < right.length ? left.length : right.length);
        uint256 count = 0;
        uint256 j = 0;
        for (uint256 i = 0; i < left.length; ++i) {
            while (j < right.length && right[j] < left[i]) ++j;
            if (j < right.length && right[j] == left[i]) both[count++] = left[i];
        }
        Memory.shorten(both, count);
    }
}
