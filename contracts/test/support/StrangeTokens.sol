// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A token that behaves as the test says
contract StrangeToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// Part of a transfer that does not arrive, in hundredths.
    uint256 public fee;
    /// What it answers: nothing, true, false though it moved, true though it did not move.
    uint8 public answer = 1;
    /// More is taken from the sender than it was told.
    uint256 public extra;
    /// What it calls while it moves tokens.
    address public hookTarget;
    bytes public hookData;
    bool public hookSucceeded;
    bytes public nameAnswer;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setAnswer(uint8 answer_) external {
        answer = answer_;
    }

    function setExtra(uint256 extra_) external {
        extra = extra_;
    }

    function setHook(address target, bytes calldata data) external {
        (hookTarget, hookData) = (target, data);
    }

    function setName(bytes calldata answer_) external {
        nameAnswer = answer_;
    }

    function name() external view {
        bytes memory text = nameAnswer;
        assembly ("memory-safe") {
            return(add(text, 32), mload(text))
        }
    }

    function decimals() external pure returns (uint256) {
        return 6;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
        respond();
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        move(from, to, amount);
        respond();
    }

    function move(address from, address to, uint256 amount) private {
        if (hookTarget != address(0)) {
            (hookSucceeded,) = hookTarget.call(hookData);
        }
        if (answer == 3) return;
        balanceOf[from] -= amount + extra;
        balanceOf[to] += amount - amount * fee / 100;
    }

    function respond() private view {
        if (answer == 0) return;
        bool isTrue = answer != 2;
        assembly ("memory-safe") {
            mstore(0, isTrue)
            return(0, 32)
        }
    }
}
