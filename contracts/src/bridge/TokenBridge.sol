// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../interfaces/IBridge.sol";
import {IExits} from "../interfaces/IExits.sol";
import {IMessageInbox} from "../interfaces/IMessageInbox.sol";
import {ITokenBridge} from "../interfaces/ITokenBridge.sol";
import {ITokenBridgeL2} from "../interfaces/ITokenBridgeL2.sol";
import {ITokenRelease} from "../interfaces/ITokenRelease.sol";
import {BridgedToken} from "../l2/BridgedToken.sol";
import {ExitProofs} from "../libraries/ExitProofs.sol";
import {Messages} from "../libraries/Messages.sol";
import {Nullifiers} from "../libraries/Nullifiers.sol";
import {StateKeys} from "../libraries/StateKeys.sol";
import {IERC20, Tokens} from "../libraries/Tokens.sol";
import {AccountProof, InboxMessage} from "../types/Bridge.sol";
import {StemProof} from "../types/Verkle.sol";

/// @title The bridge for ERC-20 tokens on the L1
/// @notice A token's balances on the L2 are never more than what is kept of it here.
contract TokenBridge is ITokenBridge {
    using Nullifiers for mapping(uint256 => uint256);

    /// @dev L2 gas of a deposit, and of one that may make its token: it must not fail there.
    uint64 private constant DEPOSIT_GAS = 250_000;
    uint64 private constant FIRST_DEPOSIT_GAS = 2_000_000;
    /// @dev Slot of `balanceOf` in a token of the L2.
    uint256 private constant BALANCES_SLOT = 0;

    IMessageInbox private immutable INBOX;
    IBridge private immutable BRIDGE;
    IExits private immutable EXITS;
    uint256 private immutable L2_CHAIN_ID;
    bytes32 private immutable TOKEN_CREATION_HASH;

    /// @inheritdoc ITokenBridge
    mapping(address token => uint256) public override keptOf;
    /// @dev What the escape released or gave back.
    mapping(uint256 word => uint256 bits) private _paid;
    bool private transient _isMoving;

    modifier alone() {
        if (_isMoving) revert TransferInProgress();
        _isMoving = true;
        _;
        _isMoving = false;
    }

    constructor(uint64 l2ChainId, IExits exits, IMessageInbox inbox, IBridge bridge) {
        L2_CHAIN_ID = l2ChainId;
        EXITS = exits;
        INBOX = inbox;
        BRIDGE = bridge;
        TOKEN_CREATION_HASH = keccak256(type(BridgedToken).creationCode);
    }

    /// @inheritdoc ITokenBridge
    function deposit(address token, uint256 amount, address to)
        external
        payable
        override
        alone
        returns (uint64 index)
    {
        if (to == address(0)) revert NoReceiver();
        uint64 gas = _depositGasOf(token);
        uint256 price = _priceOf(gas);
        if (msg.value < price) revert PaymentTooLow(price, msg.value);
        uint256 received = _take(token, amount);
        keptOf[token] += received;

        bytes memory data = abi.encodeCall(
            ITokenBridgeL2.finalizeDeposit,
            (
                token,
                msg.sender,
                to,
                received,
                Tokens.readText(token, IERC20.name.selector),
                Tokens.readText(token, IERC20.symbol.selector),
                Tokens.readDecimals(token)
            )
        );
        index = INBOX.sendMessage{value: price}(Messages.TOKEN_BRIDGE_L2, 0, gas, data, 0);
        emit TokensDeposited(token, msg.sender, to, received, index);
        if (msg.value > price) {
            (bool success,) = msg.sender.call{value: msg.value - price}("");
            if (!success) revert RefundFailed();
        }
    }

    /// @inheritdoc ITokenRelease
    function finalizeWithdrawal(address l1Token, address from, address to, uint256 amount)
        external
        override
        alone
    {
        address sender = BRIDGE.l2Sender();
        if (msg.sender != address(BRIDGE) || sender != Messages.TOKEN_BRIDGE_L2) {
            revert NotTokenBridgeL2(msg.sender, sender);
        }
        emit TokensReleased(l1Token, from, to, amount);
        _give(l1Token, to, amount);
    }

    /// @inheritdoc ITokenBridge
    function escapeTokens(
        address token,
        uint256 amount,
        AccountProof calldata account,
        StemProof calldata proof
    ) external override alone {
        bytes32 root = EXITS.escapeRoot();
        if (root == 0) revert EscapeNotOpen();
        ExitProofs.requireAccount(L2_CHAIN_ID, root, account);
        bytes32 key = bytes32(uint256(uint160(account.account)));
        bytes32 slot = StateKeys.mappingSlot(key, BALANCES_SLOT);
        uint256 position =
            ExitProofs.requireSlot(L2_CHAIN_ID, root, l2TokenOf(token), slot, amount, proof);
        address receiver = ExitProofs.receiverOf(account);
        _paid.spend(Nullifiers.Kind.Stem, position);
        emit TokensEscaped(token, account.account, receiver, amount);
        _give(token, receiver, amount);
    }

    /// @inheritdoc ITokenBridge
    function escapeDeposit(uint64 index, InboxMessage calldata message) external override alone {
        if (EXITS.escapeRoot() == 0) revert EscapeNotOpen();
        if (index < EXITS.inboxCount()) revert MessageConsumed(index);
        if (INBOX.senderOf(index, message) != address(this)) revert NotADeposit(index);
        (address token, address from,, uint256 amount,,,) = abi.decode(
            message.data[4:], (address, address, address, uint256, string, string, uint8)
        );
        _paid.spend(Nullifiers.Kind.Message, index);
        emit DepositReturned(index, token, amount);
        _give(token, from, amount);
    }

    /// @inheritdoc ITokenBridge
    function depositPrice(address token) external view override returns (uint256) {
        return _priceOf(_depositGasOf(token));
    }

    /// @inheritdoc ITokenBridge
    function l2TokenOf(address token) public view override returns (address) {
        return Messages.tokenAddress(address(this), token, TOKEN_CREATION_HASH);
    }

    /// @dev Takes approved tokens of the sender.
    /// @return received By how much the balance rose.
    function _take(address token, uint256 amount) private returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        if (!Tokens.tryTransferFrom(token, msg.sender, address(this), amount)) {
            revert TransferFailed(token);
        }
        uint256 balance = IERC20(token).balanceOf(address(this));
        received = balance > before ? balance - before : 0;
        if (received == 0 || received > amount) revert WrongTransfer(token, amount, received);
    }

    /// @dev Gives kept tokens; the balance must fall by the amount, whatever of it arrives.
    function _give(address token, address to, uint256 amount) private {
        uint256 kept = keptOf[token];
        if (amount == 0 || amount > kept) revert MoreThanKept(kept, amount);
        keptOf[token] = kept - amount;
        uint256 before = IERC20(token).balanceOf(address(this));
        if (!Tokens.tryTransfer(token, to, amount)) revert TransferFailed(token);
        uint256 left = IERC20(token).balanceOf(address(this));
        if (left + amount != before) revert WrongTransfer(token, amount, before - left);
    }

    /// @dev The first tokens make their token on the L2; so may the first ones after all had left.
    function _depositGasOf(address token) private view returns (uint64) {
        return keptOf[token] == 0 ? FIRST_DEPOSIT_GAS : DEPOSIT_GAS;
    }

    function _priceOf(uint64 gas) private view returns (uint256) {
        return uint256(gas) * INBOX.gasPrice();
    }
}
