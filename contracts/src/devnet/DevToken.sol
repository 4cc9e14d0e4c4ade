// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A token for the devnet's traffic
/// @notice ERC-20 whose tokens anybody may mint. It is worth nothing.
contract DevToken {
    /// @notice Tokens moved; from the zero address if they were minted.
    event Transfer(address indexed from, address indexed to, uint256 amount);
    /// @notice An owner lets a spender move tokens.
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    /// @notice The account holds less than it would send.
    error InsufficientBalance(address account, uint256 balance, uint256 amount);
    /// @notice The spender may move less than it would.
    error InsufficientAllowance(address spender, uint256 allowance, uint256 amount);

    /// @notice Decimals that a wallet shows.
    uint8 public constant decimals = 18;
    /// @notice Name that a wallet shows.
    string public name;
    /// @notice Symbol that a wallet shows.
    string public symbol;
    /// @notice All tokens.
    uint256 public totalSupply;
    /// @notice Tokens of an account.
    mapping(address account => uint256) public balanceOf;
    /// @notice Tokens of an owner that a spender may move.
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    constructor(string memory name_, string memory symbol_) {
        name = name_;
        symbol = symbol_;
    }

    /// @notice Makes tokens out of nothing.
    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
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
        require(allowed >= amount, InsufficientAllowance(msg.sender, allowed, amount));
        if (allowed != type(uint256).max) {
            allowance[from][msg.sender] = allowed - amount;
        }
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 balance = balanceOf[from];
        require(balance >= amount, InsufficientBalance(from, balance, amount));
        balanceOf[from] = balance - amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
