// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DevToken} from "./DevToken.sol";

/// @title A constant-product pool for the devnet's traffic
/// @notice Swaps two tokens so that the product of its reserves never falls; 0.3 % of the input stays in the pool.
contract DevPool {
    /// @notice Tokens were swapped.
    event Swapped(
        address indexed trader, DevToken indexed tokenIn, uint256 amountIn, uint256 amountOut
    );
    /// @notice Tokens were added to the reserves; nobody gets them back.
    event LiquidityAdded(address indexed provider, uint256 amountA, uint256 amountB);

    /// @notice The token is not one of the pool's.
    error UnknownToken(DevToken token);
    /// @notice The swap gives less than the trader wants.
    error OutputTooLow(uint256 amountOut, uint256 least);
    /// @notice A token refused to move.
    error TransferFailed();

    /// @notice One token of the pool.
    DevToken public immutable tokenA;
    /// @notice The other token of the pool.
    DevToken public immutable tokenB;
    /// @notice Tokens of the first kind that the pool counts as its own.
    uint256 public reserveA;
    /// @notice Tokens of the second kind that the pool counts as its own.
    uint256 public reserveB;

    constructor(DevToken tokenA_, DevToken tokenB_) {
        tokenA = tokenA_;
        tokenB = tokenB_;
    }

    /// @notice Adds to the reserves from the sender's approved tokens.
    function addLiquidity(uint256 amountA, uint256 amountB) external {
        reserveA += amountA;
        reserveB += amountB;
        emit LiquidityAdded(msg.sender, amountA, amountB);
        _pull(tokenA, amountA);
        _pull(tokenB, amountB);
    }

    /// @notice Swaps the sender's approved tokens for at least `least` of the other kind.
    function swap(DevToken tokenIn, uint256 amountIn, uint256 least)
        external
        returns (uint256 amountOut)
    {
        bool isA = address(tokenIn) == address(tokenA);
        require(isA || address(tokenIn) == address(tokenB), UnknownToken(tokenIn));
        (uint256 reserveIn, uint256 reserveOut) = isA ? (reserveA, reserveB) : (reserveB, reserveA);
        uint256 charged = amountIn * 997;
        amountOut = charged * reserveOut / (reserveIn * 1000 + charged);
        require(amountOut >= least, OutputTooLow(amountOut, least));
        (reserveIn, reserveOut) = (reserveIn + amountIn, reserveOut - amountOut);
        (reserveA, reserveB) = isA ? (reserveIn, reserveOut) : (reserveOut, reserveIn);
        emit Swapped(msg.sender, tokenIn, amountIn, amountOut);
        _pull(tokenIn, amountIn);
        require((isA ? tokenB : tokenA).transfer(msg.sender, amountOut), TransferFailed());
    }

    function _pull(DevToken token, uint256 amount) private {
        require(token.transferFrom(msg.sender, address(this), amount), TransferFailed());
    }
}
