// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBridge} from "../interfaces/IBridge.sol";
import {IBridgeFund} from "../interfaces/IBridgeFund.sol";
import {Narrow} from "../libraries/Narrow.sol";
import {Nullifiers} from "../libraries/Nullifiers.sol";
import {Config} from "../types/Config.sol";

/// @title The bridge's ETH: what it owes, what went through the fast door lately, and how it pays
abstract contract Vault is IBridge {
    using Nullifiers for mapping(uint256 => uint256);

    /// @dev One word.
    struct Account {
        /// Deposits minus payments, wei.
        uint96 owed;
        /// Fast payouts in `window`, each rounded up, gwei.
        uint56 recent;
        /// Fast payouts in the window before.
        uint56 earlier;
        /// L1 block divided by the length of the appeal window.
        uint48 window;
    }

    uint256 private constant BASIS_POINTS = 10_000;
    uint256 private constant GWEI = 1 gwei;
    /// @dev What a call costs beside its gas: a cold account that gets its first ETH.
    uint256 private constant CALL_GAS = 40_000;

    uint256 private immutable WINDOW;
    uint256 private immutable FAST_CAP_GWEI;

    Account private _account;
    /// @dev What was paid through any door.
    mapping(uint256 word => uint256 bits) internal _paid;
    /// @inheritdoc IBridge
    address public transient override l2Sender;

    /// @dev The sent ETH is what the genesis gives to accounts of the L2.
    constructor(Config memory config) payable {
        if (config.appealWindow == 0) revert InvalidConfig("appealWindow");
        WINDOW = config.appealWindow;
        uint256 quorum = (2 * uint256(config.committeeSize) + 2) / 3;
        uint256 cap = quorum * config.seatPrice * config.fastDoorBps / BASIS_POINTS;
        FAST_CAP_GWEI = cap / GWEI;
        if (FAST_CAP_GWEI > type(uint56).max) revert InvalidConfig("fastDoorBps");
        _account.owed = Narrow.toUint96(msg.value);
        emit Deposited(msg.value, msg.value);
    }

    /// @inheritdoc IBridgeFund
    function refill() external payable override {
        emit Refilled(msg.sender, msg.value);
    }

    /// @inheritdoc IBridgeFund
    function shortfall() external view override returns (uint256) {
        uint256 debt = _account.owed;
        uint256 balance = address(this).balance;
        return debt > balance ? debt - balance : 0;
    }

    /// @inheritdoc IBridge
    function owed() external view override returns (uint256) {
        return _account.owed;
    }

    /// @inheritdoc IBridge
    function isPaid(uint64 nonce) external view override returns (bool) {
        return _paid.isSpent(Nullifiers.Kind.Withdrawal, nonce);
    }

    /// @inheritdoc IBridge
    function fastDoorRoom() external view override returns (uint256) {
        Account memory account = _account;
        _rollWindow(account);
        uint256 taken = uint256(account.recent) + account.earlier;
        return taken < FAST_CAP_GWEI ? FAST_CAP_GWEI - taken : 0;
    }

    function _credit(uint256 amount) internal returns (uint256 total) {
        total = _account.owed + amount;
        _account.owed = Narrow.toUint96(total);
    }

    function _debit(uint256 amount) internal {
        uint256 debt = _account.owed;
        if (amount > debt) revert MoreThanOwed(debt, amount);
        _account.owed = Narrow.toUint96(debt - amount);
    }

    /// @dev Debits a fast payout, and counts it: those of any one window's length stay within the cap.
    function _debitFast(uint256 amount) internal {
        Account memory account = _account;
        if (amount > account.owed) revert MoreThanOwed(account.owed, amount);
        _rollWindow(account);
        uint256 recent = account.recent + (amount + GWEI - 1) / GWEI;
        uint256 asked = recent + account.earlier;
        if (asked > FAST_CAP_GWEI) revert FastDoorCapReached(FAST_CAP_GWEI, asked);
        account.owed = Narrow.toUint96(account.owed - amount);
        // The cap has no more bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        account.recent = uint56(recent);
        _account = account;
    }

    /// @dev Refuses to pay while a payment's call runs: it would have another sender than its target can see.
    function _requireIdle() internal view {
        if (l2Sender != address(0)) revert PaymentInProgress();
    }

    /// @dev The last step of every payment: calls the target with exactly `callGas`.
    function _pay(address sender, address target, uint256 value, uint256 callGas, bytes memory data)
        internal
    {
        if (target == address(this)) revert ForbiddenTarget(target);
        uint256 required = callGas + callGas / 63 + CALL_GAS;
        if (gasleft() < required) revert TooLittleGas(required, gasleft());
        l2Sender = sender;
        bool success;
        // What the target returns is not copied, however much it is.
        assembly ("memory-safe") {
            success := call(callGas, target, value, add(data, 32), mload(data), 0, 0)
        }
        if (!success) revert CallFailed(target);
        l2Sender = address(0);
    }

    function _rollWindow(Account memory account) private view {
        uint48 window = Narrow.toUint48(block.number / WINDOW);
        if (window == account.window) return;
        account.earlier = window == account.window + 1 ? account.recent : 0;
        account.recent = 0;
        account.window = window;
    }
}
