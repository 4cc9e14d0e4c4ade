// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Head, Packet} from "../src/types/Commit.sol";
import {Header} from "../src/types/Header.sol";
import {NetworkTest} from "./support/NetworkTest.sol";
import {vm} from "./support/Vm.sol";

/// @title What commit accepts
contract CommitTest is NetworkTest {
    function setUp() public {
        bootstrap(2, 4);
    }

    function test_packet_sets_the_head() public {
        Header memory header = commitNext();
        Head memory head = sc.head();
        vm.assertEq(head.number, 1);
        vm.assertEq(head.digest, digestOf(header));
        vm.assertEq(head.stateRoot, header.postStateRoot);
        vm.assertEq(head.timestamp, header.timestamp);
        vm.assertEq(head.l1Number, header.l1Number);
        vm.assertEq(head.nextBaseFee, config.genesisBaseFee);
    }
}
