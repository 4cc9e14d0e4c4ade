// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../../src/interfaces/IBridge.sol";
import {IMessageInbox} from "../../src/interfaces/IMessageInbox.sol";
import {Merkle} from "../../src/libraries/Merkle.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {MessageProof, Withdrawal} from "../../src/types/Bridge.sol";
import {Artifacts} from "./Artifacts.sol";
import {ChainStub} from "./ChainStub.sol";
import {NetworkTest} from "./NetworkTest.sol";
import {vm} from "./Vm.sol";

/// @title Inbox and bridge on a chain that the test moves
abstract contract BridgeTest is NetworkTest {
    address internal constant ALICE = 0xa11ce00000000000000000000000000000000001;
    address internal constant BOB = 0xb0b0000000000000000000000000000000000002;
    uint256 internal constant GENESIS_FUNDS = 10 ether;

    ChainStub internal chain;
    IMessageInbox internal inbox;
    IBridge internal bridge;

    function deployBridge() internal {
        startChain();
        config = makeConfig(4, 4);
        chain = ChainStub(Artifacts.deployFrom(Artifacts.LOCAL, "ChainStub", ""));
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        bytes memory arguments = abi.encode(config, chain, predicted);
        inbox = IMessageInbox(Artifacts.deploy("Inbox", arguments));
        vm.deal(address(this), 1_000_000 ether);
        arguments = abi.encode(config, chain, chain, inbox);
        bridge = IBridge(deployPayable(Artifacts.codeOf("Bridge", arguments), GENESIS_FUNDS));
        vm.assertEq(address(bridge), predicted);
    }

    function deployPayable(bytes memory code, uint256 value) internal returns (address deployed) {
        assembly ("memory-safe") {
            deployed := create(value, add(code, 32), mload(code))
        }
        require(deployed != address(0), "not deployed");
    }

    function makePayment(uint64 nonce, address target, uint256 value)
        internal
        pure
        returns (Withdrawal memory)
    {
        return Withdrawal(nonce, ALICE, target, value, 30_000, "");
    }

    /// Commits a packet with these messages of the outbox, and proves the one at `index`.
    function commitWith(Withdrawal[] memory withdrawals, uint64 index)
        internal
        returns (MessageProof memory proof)
    {
        bytes32 root;
        (proof, root) = proveMessage(withdrawals, index);
        bytes32 digest = keccak256(abi.encode("packet", vm.getBlockNumber(), root));
        uint64 count = chain.inboxCount();
        proof.number = chain.commit(IMessageInbox(address(0)), digest, root, count, 0);
    }

    function commitWith(Withdrawal memory withdrawal) internal returns (MessageProof memory) {
        Withdrawal[] memory withdrawals = new Withdrawal[](1);
        withdrawals[0] = withdrawal;
        return commitWith(withdrawals, 0);
    }

    /// The root of a packet's messages and the path of one; each is logged by a transaction of its own.
    function proveMessage(Withdrawal[] memory withdrawals, uint64 index)
        internal
        view
        returns (MessageProof memory proof, bytes32 root)
    {
        uint256 width = withdrawals.length;
        bytes32[] memory nodes = new bytes32[](width);
        for (uint256 i = 0; i < width; ++i) {
            nodes[i] = leafOf(withdrawals[i], uint32(i), 1);
        }
        proof.position = uint32(index);
        proof.log = 1;
        proof.index = index;
        proof.count = uint64(width);
        bytes32[] memory path = new bytes32[](64);
        uint256 used = 0;
        for (uint256 place = index; width > 1; (place, width) = (place / 2, (width + 1) / 2)) {
            if (place % 2 == 1) path[used++] = nodes[place - 1];
            else if (place + 1 < width) path[used++] = nodes[place + 1];
            nodes = pair(nodes, width);
        }
        root = keccak256(abi.encodePacked(bytes1(0x22), proof.count, nodes[0]));
        proof.path = new bytes32[](used);
        for (uint256 i = 0; i < used; ++i) {
            proof.path[i] = path[i];
        }
    }

    function leafOf(Withdrawal memory withdrawal, uint32 position, uint32 log)
        internal
        view
        returns (bytes32)
    {
        bytes32 withdrawalHash = Messages.hashWithdrawal(config.l2ChainId, withdrawal);
        return Merkle.hashLeaf(abi.encodePacked(withdrawal.nonce, position, log, withdrawalHash));
    }

    function finalize() internal {
        mine(config.appealWindow);
    }

    function pair(bytes32[] memory nodes, uint256 width)
        private
        pure
        returns (bytes32[] memory next)
    {
        next = new bytes32[]((width + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            next[i] = 2 * i + 1 < width
                ? keccak256(abi.encodePacked(bytes1(0x21), nodes[2 * i], nodes[2 * i + 1]))
                : nodes[2 * i];
        }
    }
}
