// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../../src/interfaces/IBridge.sol";

/// @title A target that notes who called it on the L2, and refuses until it is told otherwise
contract FickleTarget {
    IBridge private immutable BRIDGE;
    bool public isOpen;
    address public seenSender;
    bytes public seenData;
    uint256 public seenGas;

    constructor(IBridge bridge) {
        BRIDGE = bridge;
    }

    fallback() external payable {
        seenGas = gasleft();
        require(isOpen, "closed");
        seenSender = BRIDGE.l2Sender();
        seenData = msg.data;
    }

    receive() external payable {
        require(isOpen, "closed");
    }

    function open() external {
        isOpen = true;
    }
}

/// @title A target that calls the bridge back
contract Reentrant {
    address private immutable BRIDGE;
    bytes private call_;
    bytes public refusal;

    constructor(IBridge bridge) {
        BRIDGE = address(bridge);
    }

    fallback() external payable {
        attack();
    }

    receive() external payable {
        attack();
    }

    function prepare(bytes calldata data) external {
        call_ = data;
    }

    function attack() private {
        (bool success, bytes memory answer) = BRIDGE.call(call_);
        require(!success, "the attack succeeded");
        refusal = answer;
    }
}

/// @title A target that burns all gas it is given, or answers without end
contract Greedy {
    bool private immutable ANSWERS;

    constructor(bool answers) {
        ANSWERS = answers;
    }

    fallback() external payable {
        if (ANSWERS) {
            assembly ("memory-safe") {
                return(0, 20000)
            }
        }
        while (gasleft() > 0) {}
    }
}
