// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridgedToken} from "../interfaces/IBridgedToken.sol";
import {ITokenBridgeL2} from "../interfaces/ITokenBridgeL2.sol";

/// @title The ERC-20 on the L2 that stands for one of the L1
/// @notice Made by the token bridge at an address that follows from its bridge and token on the L1.
/// @dev It asks its maker what it stands for, so that its creation code is the same for all tokens.
contract BridgedToken is IBridgedToken {
    /// @inheritdoc IBridgedToken
    /// @dev Slot 0: the escape proves balances by it.
    mapping(address account => uint256) public override balanceOf;
    /// @notice Tokens of an owner that a spender may move.
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    /// @notice All tokens.
    uint256 public totalSupply;
    /// @notice Name that a wallet shows.
    string public name;
    /// @notice Symbol that a wallet shows.
    string public symbol;

    /// @notice Decimals that a wallet shows.
    uint8 public immutable decimals;
    /// @inheritdoc IBridgedToken
    address public immutable override l1Token;
    address private immutable BRIDGE;

    constructor() {
        BRIDGE = msg.sender;
        (l1Token, name, symbol, decimals) = ITokenBridgeL2(msg.sender).tokenInMaking();
    }

    /// @inheritdoc IBridgedToken
    function mint(address to, uint256 amount) external override {
        if (msg.sender != BRIDGE) revert NotBridge(msg.sender);
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    /// @inheritdoc IBridgedToken
    function burn(address from, uint256 amount) external override {
        if (msg.sender != BRIDGE) revert NotBridge(msg.sender);
        _take(from, amount);
        totalSupply -= amount;
        emit Transfer(from, address(0), amount);
    }

    /// @notice Lets a spender move tokens of the sender.
    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    /// @notice Moves tokens of the sender.
    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    /// @notice Moves tokens that their owner let the sender move.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert InsufficientAllowance(msg.sender, allowed, amount);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        _take(from, amount);
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }

    function _take(address from, uint256 amount) private {
        uint256 balance = balanceOf[from];
        if (balance < amount) revert InsufficientBalance(from, balance, amount);
        balanceOf[from] = balance - amount;
    }
}
