// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../interfaces/IBridge.sol";
import {IExits} from "../interfaces/IExits.sol";
import {IMessageInbox} from "../interfaces/IMessageInbox.sol";
import {IStateContract} from "../interfaces/IStateContract.sol";
import {ExitProofs} from "../libraries/ExitProofs.sol";
import {Messages} from "../libraries/Messages.sol";
import {Nullifiers} from "../libraries/Nullifiers.sol";
import {StateKeys} from "../libraries/StateKeys.sol";
import {AccountProof, InboxMessage, Withdrawal} from "../types/Bridge.sol";
import {Config} from "../types/Config.sol";
import {StemProof} from "../types/Verkle.sol";
import {Vault} from "./Vault.sol";

/// @title The way out when the network has stopped: everybody exits by the last state
abstract contract Escape is Vault {
    using Nullifiers for mapping(uint256 => uint256);

    /// @dev Slot of `sentMessages` in the outbox.
    uint256 private constant SENT_MESSAGES_SLOT = 1;
    /// @dev Gas that an account or a sender is given with its ETH.
    uint256 private constant RECEIVER_GAS = 50_000;

    IStateContract internal immutable STATE;
    IMessageInbox internal immutable INBOX;
    uint256 internal immutable L2_CHAIN_ID;

    /// @dev Read from the State Contract once: commits have stopped, so they stay.
    bytes32 private _root;
    uint64 private _inboxCount;

    constructor(Config memory config, IStateContract state, IMessageInbox inbox)
        payable
        Vault(config)
    {
        STATE = state;
        INBOX = inbox;
        L2_CHAIN_ID = config.l2ChainId;
    }

    /// @inheritdoc IBridge
    function escapeAccount(AccountProof calldata account) external override {
        _requireIdle();
        // What the outbox has belongs to its messages.
        if (account.account == Messages.OUTBOX) revert ForbiddenTarget(account.account);
        (uint256 balance, uint256 position) =
            ExitProofs.requireAccount(L2_CHAIN_ID, _startEscape(), account);
        if (balance == 0) revert NothingToPay();
        address receiver = ExitProofs.receiverOf(account);
        _paid.spend(Nullifiers.Kind.Stem, position);
        _debit(balance);
        emit AccountEscaped(account.account, balance);
        _pay(account.account, receiver, balance, RECEIVER_GAS, "");
    }

    /// @inheritdoc IBridge
    function escapeWithdrawal(Withdrawal calldata withdrawal, StemProof calldata proof)
        external
        override
    {
        _requireIdle();
        _requireSent(_startEscape(), withdrawal, proof);
        _payMessage(withdrawal);
    }

    /// @inheritdoc IBridge
    function escapeMessage(uint64 index, InboxMessage calldata message) external override {
        _requireIdle();
        _startEscape();
        if (index < _inboxCount) revert MessageConsumed(index);
        if (message.mint == 0) revert NothingToPay();
        address sender = INBOX.senderOf(index, message);
        _paid.spend(Nullifiers.Kind.Message, index);
        _debit(message.mint);
        emit MessageRefunded(index, sender, message.mint);
        _pay(message.sender, sender, message.mint, RECEIVER_GAS, "");
    }

    /// @inheritdoc IBridge
    function escapeState() external view override returns (bytes32, uint64) {
        return (_root, _inboxCount);
    }

    /// @dev Pays a message of the outbox that was shown, once.
    function _payMessage(Withdrawal calldata withdrawal) internal {
        _paid.spend(Nullifiers.Kind.Withdrawal, withdrawal.nonce);
        _debit(withdrawal.value);
        _callTarget(withdrawal);
    }

    function _callTarget(Withdrawal calldata withdrawal) internal {
        (address target, uint256 value) = (withdrawal.target, withdrawal.value);
        emit WithdrawalPaid(withdrawal.nonce, target, value);
        _pay(withdrawal.sender, target, value, withdrawal.gas, withdrawal.data);
    }

    /// @dev Requires that the outbox has a message under a state root.
    function _requireSent(bytes32 root, Withdrawal calldata withdrawal, StemProof calldata proof)
        internal
        view
    {
        bytes32 withdrawalHash = Messages.hashWithdrawal(L2_CHAIN_ID, withdrawal);
        bytes32 slot = StateKeys.mappingSlot(withdrawalHash, SENT_MESSAGES_SLOT);
        ExitProofs.requireSlot(L2_CHAIN_ID, root, Messages.OUTBOX, slot, 1, proof);
    }

    /// @dev The state root of the escape, if it is open.
    function _startEscape() private returns (bytes32 root) {
        root = _root;
        if (root != 0) return root;
        IExits exits = IExits(address(STATE));
        root = exits.escapeRoot();
        if (root == 0) revert EscapeNotOpen();
        uint64 count = exits.inboxCount();
        _root = root;
        _inboxCount = count;
        emit EscapeStarted(root, count);
    }
}
