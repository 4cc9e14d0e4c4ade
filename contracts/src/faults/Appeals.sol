// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppealContract} from "../interfaces/IAppealContract.sol";
import {IAppeals} from "../interfaces/IAppeals.sol";
import {ICommits} from "../interfaces/ICommits.sol";
import {IElection} from "../interfaces/IElection.sol";
import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IResets} from "../interfaces/IResets.sol";
import {BLS} from "../libraries/BLS.sol";
import {Bitmaps} from "../libraries/Bitmaps.sol";
import {Committees} from "../libraries/Committees.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {Memory} from "../libraries/Memory.sol";
import {Narrow} from "../libraries/Narrow.sol";
import {PackedIds} from "../libraries/PackedIds.sol";
import {Committee} from "../types/Commit.sol";
import {Config} from "../types/Config.sol";
import {Election, Epoch} from "../types/Election.sol";
import {Jury, Verdict} from "../types/Faults.sol";
import {Header} from "../types/Header.sol";
import {G1Point, G2Point} from "../types/Points.sol";

/// @title Appeals: all seats of an epoch decide whether a committed packet is valid
/// @notice There is no administrator, and nothing can be changed after deployment.
contract Appeals is IAppealContract {
    using Bitmaps for uint256[];

    /// @dev A packet under appeal.
    struct Case {
        bytes32 digest;
        address appellant;
        uint64 number;
        uint64 deadline;
        uint256 bond;
    }

    uint256 private constant APPEAL_TAG = 2;
    /// @dev The time of a case: one appeal window, and two extensions of it.
    uint256 private constant WINDOWS = 3;
    /// @dev Bounds the loop over open cases. Whoever wants to fill them pays twice the bond each time.
    uint256 private constant MAX_CASES = 16;
    /// @dev Signers that a verdict slashes. Where more signed, they are most of all seats, and no jury convicts.
    uint256 private constant MAX_SLASHED = 512;

    uint256 private immutable COMMITTEES;
    uint256 private immutable COMMITTEE_SIZE;
    uint64 private immutable APPEAL_WINDOW;
    uint256 private immutable SEAT_PRICE;
    IElection private immutable ELECTION;
    ICommits private immutable COMMITS;
    IResets private immutable STATE;
    IFaultContract private immutable FAULTS;

    uint256 private _caseCount;
    uint256[] private _openCases;
    mapping(uint256 caseId => Case) private _cases;
    mapping(address account => uint256 amount) private _credits;

    constructor(
        Config memory config,
        IElection election,
        ICommits commits,
        IResets state,
        IFaultContract faults
    ) {
        if (commits.configHash() != Encoding.hashConfig(config)) {
            revert IFaultContract.WrongNetwork();
        }
        COMMITTEES = config.committees;
        COMMITTEE_SIZE = config.committeeSize;
        APPEAL_WINDOW = config.appealWindow;
        SEAT_PRICE = config.seatPrice;
        ELECTION = election;
        COMMITS = commits;
        STATE = state;
        FAULTS = faults;
    }

    /// @inheritdoc IAppealContract
    function appeal(bytes calldata headerWords, bytes calldata commitProof)
        external
        payable
        override
        returns (uint256 caseId)
    {
        uint64 number = Encoding.decodeHeader(headerWords).number;
        bytes32 digest = Encoding.computeDigest(FAULTS.domain(), headerWords);
        (uint64 l1Number,) = COMMITS.commitOf(number, digest, commitProof);
        if (block.number >= l1Number + APPEAL_WINDOW) revert AppealTooLate(l1Number);
        if (_openCases.length == MAX_CASES) revert TooManyCases();
        if (msg.value != bondOf()) revert WrongBond(bondOf(), msg.value);
        if (FAULTS.judgementOf(digest).verdict != Verdict.Open || _isOpen(digest)) {
            revert NotAppealable(digest);
        }
        caseId = ++_caseCount;
        uint64 deadline = Narrow.toUint64(block.number + WINDOWS * APPEAL_WINDOW);
        _cases[caseId] = Case(digest, msg.sender, number, deadline, msg.value);
        _openCases.push(caseId);
        emit AppealOpened(caseId, number, digest, msg.sender, msg.value, deadline);
    }

    /// @inheritdoc IAppealContract
    function decide(
        uint256 caseId,
        bytes calldata headerWords,
        bool isValid,
        Jury calldata jury,
        bytes calldata parentWords,
        bytes calldata commitProof
    ) external override {
        Case memory found = _cases[caseId];
        bytes32 digest = Encoding.computeDigest(FAULTS.domain(), headerWords);
        if (found.digest != digest || digest == 0) revert NoSuchCase(caseId);
        if (block.number > found.deadline) revert DeadlinePassed(found.deadline);
        Header memory header = Encoding.decodeHeader(headerWords);
        uint256 votes = _requireVerdict(caseId, digest, isValid, header.l1Number, jury);
        emit AppealDecided(caseId, isValid, votes);
        if (isValid) {
            // The bond is lost, and stays here for good.
            FAULTS.judge(digest, Verdict.Valid, msg.sender, new uint32[](0));
        } else {
            _credits[found.appellant] += found.bond;
            // After the reset nothing shows the signers of the commit any more.
            (, uint32[] memory signers) = COMMITS.commitOf(found.number, digest, commitProof);
            if (signers.length > MAX_SLASHED) Memory.shorten(signers, MAX_SLASHED);
            FAULTS.judge(digest, Verdict.Invalid, found.appellant, signers);
            // While the case is open the packet is not final.
            STATE.reset(headerWords, parentWords, commitProof);
        }
        _remove(caseId);
    }

    /// @inheritdoc IAppealContract
    function close(uint256 caseId) external override {
        Case memory found = _cases[caseId];
        if (found.digest == 0) revert NoSuchCase(caseId);
        if (block.number <= found.deadline) revert DeadlineAhead(found.deadline);
        _credits[found.appellant] += found.bond;
        _remove(caseId);
        emit AppealClosed(caseId);
    }

    /// @inheritdoc IAppealContract
    function withdrawBond() external override {
        uint256 amount = _credits[msg.sender];
        _credits[msg.sender] = 0;
        emit BondWithdrawn(msg.sender, amount);
        (bool success,) = msg.sender.call{value: amount}("");
        if (amount == 0 || !success) revert NothingPaid();
    }

    /// @inheritdoc IAppealContract
    function bondOf() public view override returns (uint256) {
        return SEAT_PRICE * 2 ** _openCases.length;
    }

    /// @inheritdoc IAppeals
    function firstOpenAppeal() external view override returns (uint64 number) {
        number = type(uint64).max;
        for (uint256 i = 0; i < _openCases.length; ++i) {
            uint64 open = _cases[_openCases[i]].number;
            if (open < number) number = open;
        }
    }

    /// @dev Counts the votes, and refuses them if they are no majority or their signature does not verify.
    function _requireVerdict(
        uint256 caseId,
        bytes32 digest,
        bool isValid,
        uint64 l1Number,
        Jury calldata jury
    ) private view returns (uint256 votes) {
        uint256 seats = COMMITTEES * COMMITTEE_SIZE;
        if (!jury.absent.isOfSize(seats)) revert WrongJury();
        votes = seats - jury.absent.count();
        uint256 required = seats / 2 + 1;
        if (votes < required) revert NoMajority(required, votes);

        G1Point[] memory keys = new G1Point[](1);
        G2Point[] memory hashes = new G2Point[](1);
        keys[0] = _sumCommittees(l1Number, jury);
        _subtractAbsent(keys[0], seats - votes, jury);
        uint256 verdict = isValid ? 1 : 0;
        hashes[0] = BLS.hashMessage(keccak256(abi.encode(APPEAL_TAG, caseId, digest, verdict)));
        if (!BLS.verifyAggregate(keys, hashes, jury.signature)) revert InvalidSignature();
    }

    /// @dev The sum of the keys of all seats.
    function _sumCommittees(uint64 l1Number, Jury calldata jury)
        private
        view
        returns (G1Point memory sum)
    {
        if (jury.committees.length != COMMITTEES) revert WrongJury();
        (uint64 number, Epoch memory epoch) = ELECTION.epochAt(l1Number);
        Election memory election = Election(epoch.seed, epoch.scheduleRoot, epoch.totalStake);
        bytes32 epochHash = Committees.hashEpoch(number, election);
        for (uint32 i = 0; i < COMMITTEES; ++i) {
            Committee calldata committee = jury.committees[i];
            bytes32 membersHash = PackedIds.hash(committee.members);
            bytes32 opened =
                Committees.hashOpened(epochHash, i, membersHash, committee.ejected, committee.key);
            if (ELECTION.committeeHash(number, i) != opened) revert WrongJury();
            if (i == 0) sum = committee.key;
            else BLS.addTo(sum, committee.key);
        }
    }

    /// @dev Subtracts the keys of the seats that did not vote, each once and in order.
    function _subtractAbsent(G1Point memory sum, uint256 count, Jury calldata jury) private view {
        uint256[] memory absent = jury.absent;
        count -= _takeEjected(absent, jury);
        if (jury.keys.length != count) revert WrongJury();
        if (count == 0) return;
        uint32[] memory ids = new uint32[](count);
        uint256 listed = 0;
        for (uint256 position = 0; listed < count; ++position) {
            if (absent.contains(position)) ids[listed++] = _memberAt(jury, position);
        }
        bytes32[] memory keyHashes = ELECTION.keyHashesOf(ids);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 keyHash = BLS.addKey(sum, jury.keys[i], true);
            if (keyHash != keyHashes[i]) revert WrongKey(ids[i]);
        }
    }

    /// @dev Takes the ejected seats, whose keys are in no sum, out of the absent, where all of them must be.
    function _takeEjected(uint256[] memory absent, Jury calldata jury)
        private
        view
        returns (uint256 count)
    {
        for (uint256 c = 0; c < jury.committees.length; ++c) {
            uint256[] calldata ejected = jury.committees[c].ejected;
            for (uint256 i = 0; i < ejected.length; ++i) {
                for (uint256 rest = ejected[i]; rest != 0; rest &= rest - 1) {
                    uint256 position =
                        c * COMMITTEE_SIZE + i * Bitmaps.PER_WORD + Bitmaps.lowestOf(rest);
                    if (!absent.contains(position)) revert WrongJury();
                    absent[position / Bitmaps.PER_WORD] ^= uint256(1)
                    << (position % Bitmaps.PER_WORD);
                    ++count;
                }
            }
        }
    }

    function _memberAt(Jury calldata jury, uint256 position) private view returns (uint32) {
        Committee calldata committee = jury.committees[position / COMMITTEE_SIZE];
        return PackedIds.idAt(committee.members, position % COMMITTEE_SIZE);
    }

    function _isOpen(bytes32 digest) private view returns (bool) {
        for (uint256 i = 0; i < _openCases.length; ++i) {
            if (_cases[_openCases[i]].digest == digest) return true;
        }
        return false;
    }

    function _remove(uint256 caseId) private {
        delete _cases[caseId];
        uint256 last = _openCases.length - 1;
        for (uint256 i = 0; i <= last; ++i) {
            if (_openCases[i] == caseId) _openCases[i] = _openCases[last];
        }
        _openCases.pop();
    }
}
