// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A token of the L1 on the L2
interface IBridgedToken {
    /// @notice Tokens moved; from the zero address if they came from the L1, to it if they went there.
    event Transfer(address indexed from, address indexed to, uint256 amount);
    /// @notice An owner lets a spender move tokens.
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    /// @notice The account holds less than it would send.
    error InsufficientBalance(address account, uint256 balance, uint256 amount);
    /// @notice The spender may move less than it would.
    error InsufficientAllowance(address spender, uint256 allowance, uint256 amount);
    /// @notice Only the token bridge makes and destroys tokens.
    error NotBridge(address caller);

    /// @notice Makes tokens that are kept on the L1.
    function mint(address to, uint256 amount) external;

    /// @notice Destroys tokens that leave for the L1.
    function burn(address from, uint256 amount) external;

    /// @notice The token on the L1.
    function l1Token() external view returns (address);

    /// @notice Tokens of an account.
    function balanceOf(address account) external view returns (uint256);
}
