// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MemberTables} from "./MemberTables.sol";
import {IBridgeFund} from "./interfaces/IBridgeFund.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {ISlasher} from "./interfaces/ISlasher.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Config} from "./types/Config.sol";
import {Member, Slash} from "./types/Election.sol";

/// @title Slashed stake between the proof of an offence and its payment
/// @notice The stake is taken at once, so that it cannot leave, and paid out after a delay.
abstract contract SlashQueue is MemberTables {
    uint256 private constant BASIS_POINTS = 10_000;
    /// @dev The reporter's part; with the half that never returns to it, reporting oneself never pays.
    uint256 private constant REPORTER_BPS = 2500;

    /// @inheritdoc IManagementContract
    address public immutable override faults;
    /// @inheritdoc IManagementContract
    IBridgeFund public immutable override bridge;
    uint256 private immutable SLASH_DELAY;

    /// @inheritdoc IManagementContract
    uint256 public override slashCount;
    mapping(uint256 number => Slash slash) private _slashes;

    constructor(Config memory config, address faults_, IBridgeFund bridge_) {
        faults = faults_;
        bridge = bridge_;
        SLASH_DELAY = config.appealWindow;
    }

    /// @inheritdoc ISlasher
    function queueSlash(uint32[] calldata ids, bytes32 offence, address reporter)
        external
        override
        returns (uint256 count)
    {
        if (msg.sender != faults) revert NotFaultContract(msg.sender);
        uint256 amount = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            Member storage member = _members[ids[i]];
            if (member.operator == address(0) || member.ejectedBlock != 0) continue;
            uint256 price = _basePriceOf(member.role);
            uint256 stake = member.stake;
            uint256 taken = stake < price ? stake : price;
            member.stake = Narrow.toUint128(stake - taken);
            member.ejectedBlock = Narrow.toUint48(block.number);
            amount += taken;
            ++count;
            emit MemberEjected(ids[i], taken);
        }
        if (count == 0) return 0;
        uint64 payableBlock = Narrow.toUint64(block.number + SLASH_DELAY);
        uint256 number = slashCount++;
        _slashes[number] = Slash(reporter, payableBlock, Narrow.toUint128(amount));
        emit SlashQueued(number, offence, reporter, amount, payableBlock);
    }

    /// @inheritdoc IManagementContract
    function paySlash(uint256 number) external override {
        Slash memory slash = _slashes[number];
        if (slash.amount == 0) revert NoSuchSlash(number);
        if (block.number < slash.payableBlock) revert SlashLocked(number, slash.payableBlock);
        delete _slashes[number];

        uint256 left = slash.amount;
        uint256 refilled = 0;
        if (address(bridge) != address(0)) {
            uint256 shortfall = bridge.shortfall();
            refilled = shortfall < left ? shortfall : left;
            left -= refilled;
        }
        uint256 reward = slash.amount * REPORTER_BPS / BASIS_POINTS;
        if (reward > left) reward = left;
        if (refilled != 0) bridge.refill{value: refilled}();
        // A reporter that takes no ETH goes without; the rest is burned.
        (bool success,) = slash.reporter.call{value: reward}("");
        if (!success) reward = 0;
        emit SlashPaid(number, refilled, reward, left - reward);
        (success,) = address(0).call{value: left - reward}("");
        if (!success) revert TransferFailed();
    }

    /// @inheritdoc IManagementContract
    function slashAt(uint256 number) external view override returns (Slash memory) {
        return _slashes[number];
    }
}
