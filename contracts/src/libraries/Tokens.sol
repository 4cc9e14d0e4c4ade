// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The parts of ERC-20 that the token bridge calls
interface IERC20 {
    /// @notice Moves tokens of the sender.
    function transfer(address to, uint256 amount) external returns (bool);
    /// @notice Moves tokens that their owner let the sender move.
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    /// @notice Tokens of an account.
    function balanceOf(address account) external view returns (uint256);
    /// @notice Name that a wallet shows.
    function name() external view returns (string memory);
    /// @notice Symbol that a wallet shows.
    function symbol() external view returns (string memory);
    /// @notice Decimals that a wallet shows.
    function decimals() external view returns (uint8);
}

/// @title Moving tokens that keep to ERC-20 more or less
library Tokens {
    /// @dev A name is asked with little gas, and cut off: it must not be able to stop a deposit.
    uint256 private constant METADATA_GAS = 30_000;
    uint256 private constant MOST_NAME_BYTES = 64;
    uint8 private constant DEFAULT_DECIMALS = 18;

    /// @notice Moves tokens; says whether the token did, which may answer nothing at all.
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool) {
        return _call(token, abi.encodeCall(IERC20.transfer, (to, amount)));
    }

    /// @notice Moves tokens of an owner; says whether the token did, which may answer nothing at all.
    function tryTransferFrom(address token, address from, address to, uint256 amount)
        internal
        returns (bool)
    {
        return _call(token, abi.encodeCall(IERC20.transferFrom, (from, to, amount)));
    }

    /// @notice The answer of `name` or `symbol`, cut off; empty if it is no string.
    function readText(address token, bytes4 selector) internal view returns (string memory) {
        (bool success, bytes memory answer) = _ask(token, selector);
        if (!success || answer.length < 64) return "";
        (uint256 offset, uint256 size) = abi.decode(answer, (uint256, uint256));
        if (offset != 32 || size > answer.length - 64) return "";
        if (size > MOST_NAME_BYTES) size = MOST_NAME_BYTES;
        bytes memory text = new bytes(size);
        assembly ("memory-safe") {
            mcopy(add(text, 32), add(answer, 96), size)
        }
        return string(text);
    }

    /// @notice The decimals of a token; 18 if it does not say.
    function readDecimals(address token) internal view returns (uint8) {
        (bool success, bytes memory answer) = _ask(token, IERC20.decimals.selector);
        if (!success || answer.length != 32) return DEFAULT_DECIMALS;
        uint256 number = abi.decode(answer, (uint256));
        // forge-lint: disable-next-line(unsafe-typecast)
        return number > type(uint8).max ? DEFAULT_DECIMALS : uint8(number);
    }

    function _ask(address token, bytes4 selector) private view returns (bool, bytes memory) {
        return token.staticcall{gas: METADATA_GAS}(abi.encodeWithSelector(selector));
    }

    function _call(address token, bytes memory data) private returns (bool) {
        (bool success, bytes memory answer) = token.call(data);
        if (!success) return false;
        if (answer.length == 0) return token.code.length > 0;
        return answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
    }
}
