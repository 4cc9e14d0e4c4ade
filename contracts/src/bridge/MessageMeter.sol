// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMessageInbox} from "../interfaces/IMessageInbox.sol";
import {Narrow} from "../libraries/Narrow.sol";
import {Config} from "../types/Config.sol";

/// @title The market of the messages' L2 gas
/// @notice A price in the manner of EIP-1559: it rises by at most an eighth after an L1 block whose messages bought more
/// than the target, falls by at most an eighth after another one, and never below the configured least.
abstract contract MessageMeter is IMessageInbox {
    /// @dev The last block with a message, and the counts; one word.
    struct Meter {
        /// Price of the messages in that block, wei a gas.
        uint64 price;
        /// Gas that they bought.
        uint64 blockGas;
        /// L1 block of the last message.
        uint40 blockNumber;
        /// Messages sent so far.
        uint40 count;
        /// Messages that are consumed for good.
        uint40 released;
    }

    /// @dev Of a packet's gas: what a message may have, what those of a packet may have, and what an L1 block sells.
    /// A block sells less than a packet takes, so that packets catch up.
    uint64 private constant MESSAGE_PART = 8;
    uint64 private constant PACKET_PART = 2;
    uint64 private constant BLOCK_PART = 4;
    uint64 private constant ELASTICITY = 2;
    uint256 private constant PRICE_CHANGE_DENOMINATOR = 8;
    /// @dev After as many blocks without a message any price has fallen to the least.
    uint256 private constant QUIET_BLOCKS = 400;

    uint64 internal immutable MESSAGE_GAS;
    uint64 internal immutable PACKET_GAS;
    uint64 internal immutable BLOCK_GAS;
    uint64 private immutable LEAST_PRICE;

    constructor(Config memory config) {
        // The least message, a call without data, must fit.
        if (config.gasLimit / MESSAGE_PART < 21_000) revert InvalidConfig("gasLimit");
        if (config.messageGasPrice == 0) revert InvalidConfig("messageGasPrice");
        MESSAGE_GAS = config.gasLimit / MESSAGE_PART;
        PACKET_GAS = config.gasLimit / PACKET_PART;
        BLOCK_GAS = config.gasLimit / BLOCK_PART;
        LEAST_PRICE = config.messageGasPrice;
    }

    /// @dev Brings the meter to this block.
    function _roll(Meter memory meter) internal view {
        uint256 blocks = block.number - meter.blockNumber;
        if (blocks == 0) return;
        meter.price = _priceAfter(meter.price, meter.blockGas, blocks - 1);
        meter.blockGas = 0;
        meter.blockNumber = Narrow.toUint40(block.number);
    }

    /// @dev The price after a block that sold `blockGas` and `quiet` ones that sold nothing.
    function _priceAfter(uint256 price, uint256 blockGas, uint256 quiet)
        private
        view
        returns (uint64)
    {
        uint256 target = BLOCK_GAS / ELASTICITY;
        if (blockGas > target) {
            uint256 rise = price * (blockGas - target) / target / PRICE_CHANGE_DENOMINATOR;
            price += rise > 0 ? rise : 1;
        } else {
            price -= price * (target - blockGas) / target / PRICE_CHANGE_DENOMINATOR;
        }
        if (quiet >= QUIET_BLOCKS) return LEAST_PRICE;
        for (uint256 i = 0; i < quiet && price > LEAST_PRICE; ++i) {
            price -= price / PRICE_CHANGE_DENOMINATOR;
        }
        if (price < LEAST_PRICE) return LEAST_PRICE;
        return price > type(uint64).max ? type(uint64).max : Narrow.toUint64(price);
    }
}
