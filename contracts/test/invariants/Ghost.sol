// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppealContract} from "../../src/interfaces/IAppealContract.sol";
import {IFaultContract} from "../../src/interfaces/IFaultContract.sol";
import {Tip} from "../../src/types/Commit.sol";
import {Config} from "../../src/types/Config.sol";
import {Header} from "../../src/types/Header.sol";
import {Artifacts} from "../support/Artifacts.sol";
import {NetworkTest} from "../support/NetworkTest.sol";
import {vm} from "../support/Vm.sol";

/// @title A whole network, and what a bookkeeper beside it knows
/// @dev One operator, this contract, has all seats; two committees of four, a quorum is three.
abstract contract Ghost is NetworkTest {
    /// A packet that the State Contract has.
    struct Kept {
        Header header;
        /// The ABI-encoded `Turn`.
        bytes turn;
        uint256 slot;
        uint96 share;
        /// Bit `i`: the signer at position `i` was paid.
        uint256 claimed;
    }

    uint64 internal constant COMMITTEES = 2;
    uint64 internal constant SIZE = 4;
    uint256 internal constant QUORUM = 3;
    /// The most gas that any call may take.
    uint256 public constant GAS_BOUND = 5_000_000;

    IFaultContract internal faults;
    IAppealContract internal appeals;

    /// Wei that went into the State Contract, and out of it.
    uint256 public deposited;
    uint256 public paidOut;
    /// Wei that went into the Management Contract, and out of it.
    uint256 public staked;
    uint256 public unstaked;
    /// The chain of roots as the accepted commits made it; `chain[0]` is the genesis.
    bytes32[] public chain;
    bytes32[] internal _roots;
    /// Members registered so far, and those that were slashed.
    uint32 public memberCount;
    mapping(uint32 id => bool) public wasSlashed;
    uint256 public slashedMembers;
    uint256 internal seenSlashes;
    /// Sum of all that was slashed and of the prices of those members, wei.
    uint256 public slashedWei;
    /// Wei that were paid twice for one signer, or to somebody who did not sign.
    uint256 public paidTwice;
    /// Commits below a quorum that were accepted, and whole ones that were refused.
    uint256 public wronglyAccepted;
    uint256 public wronglyRefused;
    /// The highest final packet so far, and whether a final one was ever reset.
    uint64 public finalSoFar;
    bool public wasUnfinal;
    uint256 public mostGas;
    /// What a run did, so that a campaign shows that it does everything.
    mapping(bytes32 action => uint256 count) public done;

    Kept[] internal _kept;

    modifier metered(bytes32 action) {
        _;
        ++done[action];
        uint64 number = sc.commits().finalizedNumber();
        if (number < finalSoFar) wasUnfinal = true;
        finalSoFar = number;
    }

    function start() external {
        bootstrap(COMMITTEES, SIZE);
        memberCount = uint32(COMMITTEES * SIZE + 1);
        deposited = 100 ether;
        staked = COMMITTEES * SIZE * 1 ether + 2 ether;
        bytes memory arguments =
            abi.encode(config, mc, sc.commits(), new address[](0), appealsPlace(), address(0));
        address place = faultsPlace();
        faults = IFaultContract(Artifacts.deploy("FaultContract", arguments));
        vm.assertEq(address(faults), place);
        place = appealsPlace();
        arguments = abi.encode(config, mc, sc.commits(), sc, faults);
        appeals = IAppealContract(Artifacts.deploy("Appeals", arguments));
        vm.assertEq(address(appeals), place);
        Tip memory genesis = tipOf(sc.head().tipHash);
        chain.push(genesis.digest);
        _roots.push(genesis.stateRoot);
    }

    function contracts() external view returns (address, address, address, address) {
        return (address(mc), address(sc), address(faults), address(appeals));
    }

    /// The tip that the head of the State Contract hashes.
    function headTip() external view returns (Tip memory) {
        return tipOf(sc.head().tipHash);
    }

    function lastRoot() external view returns (bytes32) {
        return _roots[_roots.length - 1];
    }

    function lastNumber() external view returns (uint256) {
        return chain.length - 1;
    }

    /// With a longer appeal window, or random calls would miss it.
    function makeConfig(uint64 committees, uint64 size)
        internal
        view
        override
        returns (Config memory made)
    {
        made = super.makeConfig(committees, size);
        made.appealWindow = 40;
    }

    function faultsPlace() internal view override returns (address) {
        return placeAfter(FAULTS_NONCE);
    }

    function appealsPlace() internal view override returns (address) {
        return placeAfter(FAULTS_NONCE + 1);
    }

    /// The fourth and the fifth contract that this one makes.
    uint64 private constant FAULTS_NONCE = 3;

    function placeAfter(uint64 nonce) private view returns (address) {
        return vm.computeCreateAddress(address(this), nonce);
    }

    /// Notes the gas of a call that has just ended.
    function note(uint256 gasBefore) internal {
        uint256 used = gasBefore - gasleft();
        if (used > mostGas) mostGas = used;
    }

    function between(uint256 seed_, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + seed_ % (most - least + 1);
    }

    /// Secret of a member's key: ids count registrations, and the ninth is the producer.
    function secretOf(uint32 id) internal pure returns (uint256) {
        return SEAT_SECRET + id - 1;
    }
}
