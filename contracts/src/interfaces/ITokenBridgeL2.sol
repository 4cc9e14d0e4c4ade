// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The L2 end of the bridge for ERC-20 tokens
/// @notice A predeploy of the L2. Tokens belong to the bridge on the L1 that sent them: whoever is called an L1 bridge
/// makes and gets back its own tokens only, so there is none to be trusted beforehand.
interface ITokenBridgeL2 {
    /// @notice Tokens came from the L1.
    event TokensDeposited(
        address indexed token, address indexed from, address indexed to, uint256 amount
    );
    /// @notice Tokens left for the L1 in a message of the outbox.
    event TokensWithdrawn(
        address indexed token,
        address indexed from,
        address indexed to,
        uint256 amount,
        uint64 nonce
    );
    /// @notice The token of a bridge and token on the L1 was made.
    event TokenMade(address indexed token, address indexed l1Bridge, address indexed l1Token);

    /// @notice The token was not made here.
    error UnknownToken(address token);

    /// @notice Makes deposited tokens. The sender is the alias of their bridge on the L1.
    /// @param l1Token The token on the L1.
    /// @param from Who deposited them there.
    /// @param to Who gets them here.
    /// @param name Name of the token; read only when its first tokens arrive, as are the next two.
    /// @param symbol Symbol of the token.
    /// @param decimals Decimals of the token.
    function finalizeDeposit(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        string calldata name,
        string calldata symbol,
        uint8 decimals
    ) external;

    /// @notice Destroys tokens of the sender and sends the message that releases them on the L1.
    /// @param token The token here.
    /// @param to Who gets them on the L1.
    /// @param gas Gas that the release is given there.
    /// @return nonce Number of the message in the outbox.
    function withdraw(address token, address to, uint256 amount, uint64 gas)
        external
        returns (uint64 nonce);

    /// @notice Address of the token that stands for one of the L1, made or not.
    function tokenOf(address l1Bridge, address l1Token) external view returns (address);

    /// @notice The bridge on the L1 of a token; zero if the token was not made here.
    function l1BridgeOf(address token) external view returns (address);

    /// @notice What the token that is being made stands for; asked by its constructor.
    function tokenInMaking()
        external
        view
        returns (address l1Token, string memory name, string memory symbol, uint8 decimals);
}
