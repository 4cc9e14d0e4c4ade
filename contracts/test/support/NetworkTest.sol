// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ICharges} from "../../src/interfaces/ICharges.sol";
import {IManagementContract} from "../../src/interfaces/IManagementContract.sol";
import {IStateContract} from "../../src/interfaces/IStateContract.sol";
import {BLS} from "../../src/libraries/BLS.sol";
import {Committees} from "../../src/libraries/Committees.sol";
import {Encoding} from "../../src/libraries/Encoding.sol";
import {Merkle} from "../../src/libraries/Merkle.sol";
import {PackedIds} from "../../src/libraries/PackedIds.sol";
import {Payouts} from "../../src/libraries/Payouts.sol";
import {
    Committee,
    CommittedProof,
    Head,
    Packet,
    PayoutPart,
    PayoutRecord,
    ProducerProof,
    Quorum,
    SignerChange,
    Statement,
    Tip,
    Turn
} from "../../src/types/Commit.sol";
import {Config} from "../../src/types/Config.sol";
import {Election, FrozenTable, Role} from "../../src/types/Election.sol";
import {Header} from "../../src/types/Header.sol";
import {G1Point, G2Point} from "../../src/types/Points.sol";
import {Artifacts} from "./Artifacts.sol";
import {Signer} from "./Signer.sol";
import {vm} from "./Vm.sol";

/// @title A network of one producer and M·n seats, whose keys the test has
/// @dev Secret key of seat `i` by position is `SEAT_SECRET + i`; ids count from 1 by position.
abstract contract NetworkTest {
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    bytes internal constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    uint256 internal constant SEAT_SECRET = 1_000_000;
    uint256 internal constant PRODUCER_SECRET = 77;
    address internal constant PRODUCER = address(0xbeef);
    uint256 internal constant START_TIME = 1_700_000_000;
    uint256 internal constant BLOCK_SECONDS = 12;

    /// Storage of the State Contract: the packed words of `_head`.
    bytes32 internal constant HEAD_SLOT = bytes32(uint256(6));
    uint256 internal constant TURNS_SHIFT = 120;

    Config internal config;
    IManagementContract internal mc;
    IStateContract internal sc;
    ICharges internal charges;
    bytes32 internal seed;
    Election internal election;
    uint64 internal epoch;
    /// Ids in seed order, and the sum keys of the committees.
    uint256[] internal order;
    G1Point[] internal committeeKeys;

    /// The tips of the headers that the test made, and of the genesis.
    mapping(bytes32 tipHash => Tip tip) private _tips;

    /// The configured interval; 0 in calldata mode.
    uint64 internal dataAnchorInterval;

    /// What the test says as the fault contract and the appeals.
    mapping(bytes32 digest => bool) public isInvalid;
    uint64 public firstOpenAppeal = type(uint64).max;

    receive() external payable {}

    function makeConfig(uint64 committees, uint64 committeeSize)
        internal
        view
        virtual
        returns (Config memory)
    {
        return Config({
            l2ChainId: 267_655,
            version: 1,
            genesisNumber: 0,
            genesisTime: uint64(START_TIME),
            genesisBaseFee: 1_000_000_000,
            gasLimit: 30_000_000,
            blobBaseFee: 1,
            maxPayloadBytes: dataAnchorInterval == 0 ? 512 << 10 : 96 << 10,
            dataAnchorInterval: dataAnchorInterval,
            viewSeconds: 12,
            t1Seconds: 24,
            t2Seconds: 600,
            epochBlocks: 60,
            seedDelay: 4,
            activationDelay: 1,
            anchorDepth: 1,
            anchorMaxAge: 64,
            appealWindow: 4,
            evidenceWindow: 60,
            exitDelay: 120,
            feeWithdrawalDelay: 20,
            committees: committees,
            committeeSize: committeeSize,
            seatPrice: 1 ether,
            producerStake: 2 ether,
            displacementMarginBps: 1000,
            submitterShareBps: 1000,
            rankWindow: 1,
            minFeeGasPrice: 1,
            refundGasPriceCap: 100 gwei,
            fastDoorBps: 2500,
            forcedInclusionDelay: 20,
            escapeSeconds: 7 days,
            messageGasPrice: 1 gwei
        });
    }

    function startChain() internal {
        vm.etch(HISTORY, HISTORY_CODE);
        vm.roll(100);
        vm.warp(START_TIME);
    }

    function deploy(Config memory config_) internal {
        config = config_;
        startChain();
        bytes memory arguments = abi.encode(config_, faultsPlace(), address(0));
        mc = IManagementContract(Artifacts.deploy("ManagementContract", arguments));
        bytes32 root = keccak256("genesis state");
        arguments = abi.encode(config_, mc, root, appealsPlace(), inboxOf());
        sc = IStateContract(Artifacts.deploy("StateContract", arguments));
        charges = sc.charges();
        noteTip(Tip(sc.genesisHash(), root, config_.genesisBaseFee));
    }

    /// Inbox of the network; none unless a test has one.
    function inboxOf() internal view virtual returns (address) {
        return address(0);
    }

    function noteTip(Tip memory tip) internal {
        _tips[Encoding.hashTip(tip)] = tip;
    }

    /// The tip of the State Contract's head.
    function tipOf(bytes32 tipHash) internal view returns (Tip memory tip) {
        tip = _tips[tipHash];
        require(tip.digest != 0, "no header of this tip was made");
    }

    function nextBaseFee(Header memory header) internal view returns (uint64) {
        uint256 target = config.gasLimit / 2;
        uint256 fee = header.baseFee;
        if (header.gasUsed <= target) {
            return uint64(fee - fee * (target - header.gasUsed) / target / 8);
        }
        uint256 rise = fee * (header.gasUsed - target) / target / 8;
        return uint64(fee + (rise > 0 ? rise : 1));
    }

    /// Where the fault contract is: the test itself, unless it deploys one.
    function faultsPlace() internal view virtual returns (address) {
        return address(this);
    }

    /// Where the appeals are: the test itself, unless it deploys them.
    function appealsPlace() internal view virtual returns (address) {
        return address(this);
    }

    function bootstrap(uint64 committees, uint64 committeeSize) internal {
        deploy(makeConfig(committees, committeeSize));
        for (uint256 i = 0; i < committees * committeeSize; ++i) {
            registerSeat(SEAT_SECRET + i, uint32(i), 1 ether);
        }
        registerProducer(PRODUCER, PRODUCER_SECRET, 0, 2 ether);
        mc.freeze();
        openEpoch();
        for (uint32 i = 0; i < committees; ++i) {
            openCommittee(i);
        }
        mine(2);
        vm.deal(address(this), 1_000_000 ether);
        sc.deposit{value: 100 ether}(PRODUCER);
    }

    function registerSeat(uint256 secret, uint32 position, uint256 stake)
        internal
        returns (uint32)
    {
        G1Point memory key = Signer.keyOf(secret);
        bytes32 message = mc.possessionMessage(address(this), BLS.hashKey(key));
        G2Point memory proof = Signer.prove(secret, message);
        vm.deal(address(this), stake);
        return mc.registerSeat{value: stake}(key, proof, position);
    }

    function registerProducer(address operator, uint256 secret, uint32 position, uint256 stake)
        internal
        returns (uint32)
    {
        G1Point memory key = Signer.keyOf(secret);
        bytes32 message = mc.possessionMessage(operator, BLS.hashKey(key));
        G2Point memory proof = Signer.prove(secret, message);
        vm.deal(operator, stake);
        vm.prank(operator);
        return mc.registerProducer{value: stake}(key, proof, position);
    }

    /// Mines until the seed block has passed, and opens the epoch with its header.
    function openEpoch() internal {
        uint64 seedBlock = mc.seedBlock();
        mine(seedBlock + 1 - vm.getBlockNumber());
        seed = keccak256(abi.encode("seed", seedBlock));
        bytes memory headerRlp = makeHeaderRlp(seed);
        setBlockHash(seedBlock, keccak256(headerRlp));
        uint256[] memory ids = seatIds();
        uint256[] memory words = PackedIds.pack(ids, 0, ids.length);
        epoch = mc.lastEpoch() + 1;
        delete committeeKeys;
        for (uint256 i = 0; i < config.committees; ++i) {
            committeeKeys.push();
        }
        FrozenTable memory frozen = mc.frozenTable();
        election = Election(seed, frozen.scheduleRoot, frozen.totalStake);
        mc.openEpoch(headerRlp, words);
        Committees.shuffle(ids, seed);
        order = ids;
    }

    function openCommittee(uint32 index) internal {
        uint256[] memory members = membersOf(index);
        G1Point[] memory keys = new G1Point[](config.committeeSize);
        uint256 secrets = 0;
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 secret = secretAt(index, i);
            keys[i] = Signer.keyOf(secret);
            secrets += secret;
        }
        committeeKeys[index] = Signer.keyOf(secrets);
        mc.openCommittee(epoch, index, members, keys);
    }

    function mine(uint256 blocks) internal {
        for (uint256 i = 0; i < blocks; ++i) {
            uint256 number = vm.getBlockNumber();
            vm.roll(number + 1);
            setBlockHash(number, keccak256(abi.encode("block", number)));
            vm.warp(vm.getBlockTimestamp() + BLOCK_SECONDS);
        }
    }

    function setBlockHash(uint256 number, bytes32 blockHash) internal {
        vm.store(HISTORY, bytes32(number % 8191), blockHash);
        if (number < vm.getBlockNumber()) vm.setBlockhash(number, blockHash);
    }

    /// An RLP list as a header's: 13 items of several kinds, then the mix hash and a nonce.
    function makeHeaderRlp(bytes32 prevRandao) internal pure returns (bytes memory) {
        bytes memory hashes = new bytes(0);
        for (uint8 i = 0; i < 6; ++i) {
            hashes = i == 2
                ? abi.encodePacked(hashes, bytes1(0x94), bytes20(uint160(i)))
                : abi.encodePacked(hashes, bytes1(0xa0), bytes32(uint256(i)));
        }
        bytes memory body = abi.encodePacked(
            hashes,
            hex"b90100",
            new bytes(256),
            hex"80",
            hex"8203e8",
            hex"8401c9c380",
            hex"05",
            hex"8465000000",
            hex"8568656c6c6f",
            bytes1(0xa0),
            prevRandao,
            hex"880000000000000000"
        );
        return abi.encodePacked(bytes1(0xf9), uint16(body.length), body);
    }

    function seatIds() internal view returns (uint256[] memory ids) {
        uint32[] memory table = mc.tableOf(Role.Endorser);
        ids = new uint256[](table.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = table[i];
        }
    }

    function membersOf(uint256 committee) internal view returns (uint256[] memory) {
        return PackedIds.pack(order, committee * config.committeeSize, config.committeeSize);
    }

    function secretAt(uint256 committee, uint256 position) internal view returns (uint256) {
        return SEAT_SECRET + order[committee * config.committeeSize + position] - 1;
    }

    function committeeOf(uint256 number, uint8 rung) internal view returns (uint256) {
        return Committees.indexOf(seed, config.committees, number, rung);
    }

    /// A valid header on the head of the State Contract.
    function makeHeader(bytes memory payload) internal view returns (Header memory header) {
        Head memory parent = sc.head();
        Tip memory tip = tipOf(parent.tipHash);
        header = makeHeaderOn(parent.number, tip.digest, tip.stateRoot, tip.nextBaseFee, payload);
        header.inboxCount = parent.inboxCount;
    }

    function makeHeaderOn(
        uint64 number,
        bytes32 parentHash,
        bytes32 stateRoot,
        uint64 baseFee,
        bytes memory payload
    ) internal view returns (Header memory header) {
        header.version = 1;
        header.number = number + 1;
        header.parentHash = parentHash;
        header.producer = PRODUCER;
        header.timestamp = uint64(vm.getBlockTimestamp() - 2);
        header.viewNumber = (header.timestamp - config.genesisTime) / config.viewSeconds;
        header.gasLimit = config.gasLimit;
        header.gasUsed = 15_000_000;
        header.baseFee = baseFee;
        header.l1Number = uint64(vm.getBlockNumber() - 1);
        header.l1Hash = blockhash(header.l1Number);
        header.prevRandao = keccak256("randao");
        header.preStateRoot = stateRoot;
        header.postStateRoot = keccak256(abi.encode("state", number + 1));
        header.accessRoot = keccak256("access");
        header.updateRoot = keccak256("update");
        header.receiptsRoot = keccak256("receipts");
        header.withdrawalsRoot = Merkle.computeRoot(new bytes32[](0));
        header.payloadHash = keccak256(payload);
        header.transactionsRoot = this.transactionsRootOf(payload);
        header.feeGasPrice = 1 gwei;
        header.feeGasLimit = 20_000_000;
    }

    function transactionsRootOf(bytes calldata payload) external pure returns (bytes32) {
        return Encoding.computeTransactionsRoot(payload);
    }

    function makePayload(uint256 count, uint256 size) internal pure returns (bytes memory payload) {
        payload = abi.encodePacked(bytes1(0x01), uint32(count));
        for (uint256 i = 0; i < count; ++i) {
            bytes memory tx_ = new bytes(size);
            for (uint256 j = 0; j < size; ++j) {
                tx_[j] = bytes1(uint8(1 + (i + j) % 255));
            }
            payload = abi.encodePacked(payload, uint32(size), tx_);
        }
    }

    function digestOf(Header memory header) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(sc.domain(), abi.encode(header)));
    }

    /// The header's packet as a turn, signed by its producer and all of its committee but the first `absent`.
    function seal(Header memory header, bytes memory payload, uint8 rung, uint256 absent)
        internal
        returns (Turn memory turn)
    {
        turn = makeTurn(header, rung, absent, 1);
        turn.packets[0].payload = payload;
    }

    /// The signatures for `status` over a header.
    function makeTurn(Header memory header, uint8 rung, uint256 absent, uint8 status)
        internal
        returns (Turn memory turn)
    {
        turn.parent = Tip(header.parentHash, header.preStateRoot, header.baseFee);
        noteTip(Tip(digestOf(header), header.postStateRoot, nextBaseFee(header)));
        turn.election = election;
        turn.producer = makeProducerProof();
        turn.packets = new Packet[](1);
        turn.packets[0].statement = statementOf(header);
        (turn.packets[0].quorum, turn.signature) = makeQuorum(header, rung, absent, status);
    }

    function statementOf(Header memory header) internal pure returns (Statement memory) {
        return Statement({
            timestamp: header.timestamp,
            gasUsed: header.gasUsed,
            l1Number: header.l1Number,
            prevRandao: header.prevRandao,
            postStateRoot: header.postStateRoot,
            transactionsRoot: header.transactionsRoot,
            accessRoot: header.accessRoot,
            updateRoot: header.updateRoot,
            receiptsRoot: header.receiptsRoot,
            withdrawalsRoot: header.withdrawalsRoot,
            inboxCount: header.inboxCount,
            payloadHash: header.payloadHash,
            blobCount: 0,
            feeGasPrice: header.feeGasPrice,
            feeGasLimit: header.feeGasLimit
        });
    }

    /// Several turns as one.
    function join(Turn[] memory turns) internal view returns (Turn[] memory joined) {
        joined = new Turn[](1);
        joined[0] = turns[0];
        Packet[] memory packets = new Packet[](turns.length);
        for (uint256 i = 0; i < turns.length; ++i) {
            packets[i] = turns[i].packets[0];
            if (i > 0) BLS.addTo(joined[0].signature, turns[i].signature);
        }
        joined[0].packets = packets;
    }

    /// Turns of one packet each on the head of the State Contract.
    function makeChain(uint256 count, bytes memory payload) internal returns (Turn[] memory turns) {
        turns = new Turn[](count);
        Header memory header = makeHeader(payload);
        for (uint256 i = 0; i < count; ++i) {
            turns[i] = seal(header, payload, 0, 0);
            header = makeHeaderOn(
                header.number, digestOf(header), header.postStateRoot, header.baseFee, payload
            );
        }
    }

    function makeProducerProof() internal view returns (ProducerProof memory proof) {
        proof.operator = PRODUCER;
        proof.key = Signer.keyOf(PRODUCER_SECRET);
        proof.end = election.totalStake;
        proof.count = 1;
    }

    function makeQuorum(Header memory header, uint8 rung, uint256 absent, uint8 status)
        internal
        view
        returns (Quorum memory quorum, G2Point memory signature)
    {
        uint256 groups = rung == 2 ? config.committees : 1;
        uint256 first = rung == 2 ? 0 : committeeOf(header.number, rung);
        quorum.rung = rung;
        quorum.submitter = type(uint32).max;
        quorum.signers = new uint256[]((groups * config.committeeSize + 255) / 256);
        SignerChange memory change;
        change.committees = listCommittees(first, groups);
        change.keys = new G1Point[](absent);
        uint256 secrets = addSigners(quorum.signers, change.keys, first, groups);
        quorum.change = abi.encode(change);
        signature = signStatus(digestOf(header), status, secrets);
    }

    /// Lets all members of committees sign but as many as there is room for keys; returns the sum of their secrets.
    function addSigners(
        uint256[] memory signers,
        G1Point[] memory keys,
        uint256 first,
        uint256 groups
    ) internal view returns (uint256 secrets) {
        uint256 size = config.committeeSize;
        for (uint256 i = 0; i < groups * size; ++i) {
            uint256 secret = secretAt(first + i / size, i % size);
            if (i < keys.length) {
                keys[i] = Signer.keyOf(secret);
            } else {
                signers[i / 256] |= 2 ** (i % 256);
                secrets += secret;
            }
        }
    }

    function listCommittees(uint256 first, uint256 count)
        internal
        view
        returns (Committee[] memory committees)
    {
        committees = new Committee[](count);
        for (uint256 i = 0; i < count; ++i) {
            committees[i].members = membersOf(first + i);
            committees[i].key = committeeKeys[first + i];
        }
    }

    /// The same quorum, started from a signer set of its committee's last commit that has its signers.
    function startFromKnown(Quorum memory quorum) internal view {
        SignerChange memory change = changeOf(quorum);
        quorum.key = sumOf(change);
        quorum.membersHash = PackedIds.hash(change.committees[0].members);
        quorum.change = "";
    }

    function changeOf(Quorum memory quorum) internal pure returns (SignerChange memory) {
        return abi.decode(quorum.change, (SignerChange));
    }

    /// Key of a committee without the change's keys.
    function sumOf(SignerChange memory change) internal view returns (G1Point memory key) {
        key = abi.decode(abi.encode(change.committees[0].key), (G1Point));
        for (uint256 i = 0; i < change.keys.length; ++i) {
            BLS.addTo(key, BLS.negate(change.keys[i]));
        }
    }

    /// The signers' sum for `status` and the producer's for status 1.
    function signStatus(bytes32 digest, uint8 status, uint256 secrets)
        internal
        view
        returns (G2Point memory signature)
    {
        signature = Signer.sign(secrets, Encoding.computeEndorseMessage(digest, status));
        BLS.addTo(
            signature, Signer.sign(PRODUCER_SECRET, Encoding.computeEndorseMessage(digest, 1))
        );
    }

    function commitOne(Turn memory turn) internal {
        Turn[] memory turns = new Turn[](1);
        turns[0] = turn;
        sc.commit(sc.head().number + 1, turns);
    }

    /// Expects that a turn on the head is refused.
    function refuse(Turn memory turn, bytes memory refusal) internal {
        Turn[] memory turns = new Turn[](1);
        turns[0] = turn;
        uint64 number = sc.head().number + 1;
        vm.expectRevert(refusal);
        sc.commit(number, turns);
    }

    /// Commits a valid packet and returns its header.
    function commitNext() internal returns (Header memory header) {
        bytes memory payload = makePayload(2, 100);
        header = makeHeader(payload);
        commitOne(seal(header, payload, 0, 0));
    }

    /// Makes `count` the turns that were committed.
    function skipTurns(uint256 count) internal {
        uint256 packed = uint256(vm.load(address(sc), HEAD_SLOT));
        uint256 mask = uint256(type(uint40).max) << TURNS_SHIFT;
        packed = (packed & ~mask) | (count << TURNS_SHIFT);
        vm.store(address(sc), HEAD_SLOT, bytes32(packed));
        vm.assertEq(sc.head().turns, count);
    }

    function makePart(Turn memory turn, Header memory header, uint96 share)
        internal
        view
        returns (PayoutPart memory part)
    {
        Quorum memory quorum = turn.packets[0].quorum;
        part.digest = digestOf(header);
        part.withdrawalsRoot = header.withdrawalsRoot;
        Committee[] memory committees = changeOf(quorum).committees;
        part.members = new uint256[][](committees.length);
        for (uint256 i = 0; i < part.members.length; ++i) {
            part.members[i] = committees[i].members;
        }
        part.signers = quorum.signers;
        part.share = share;
        part.submitter = quorum.submitter;
    }

    function makeRecord(PayoutPart memory part) internal view returns (PayoutRecord memory record) {
        record.submitter = address(this);
        record.parts = new bytes32[](1);
        record.parts[0] = this.hashOf(part);
    }

    function hashOf(PayoutPart calldata part) external pure returns (bytes32) {
        return Payouts.hashPart(part, part.claimed, part.submitter);
    }

    /// The proof of the packet of a turn of its own, whose signers get `share`.
    function proofOf(uint256 slot, Turn memory turn, Header memory header, uint96 share)
        internal
        view
        returns (bytes memory)
    {
        PayoutPart memory part = makePart(turn, header, share);
        return abi.encode(CommittedProof(slot, makeRecord(part), 0, part));
    }
}
