// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IFaultContract} from "../interfaces/IFaultContract.sol";
import {IFaultModule} from "../interfaces/IFaultModule.sol";
import {Encoding} from "../libraries/Encoding.sol";
import {MerkleRanges} from "../libraries/MerkleRanges.sol";
import {Accused} from "../types/Faults.sol";
import {Range} from "../types/Evidence.sol";
import {Header} from "../types/Header.sol";

/// @title Faults of packets, each proven in one transaction
abstract contract FaultModule is IFaultModule {
    /// @inheritdoc IFaultModule
    IFaultContract public immutable override faults;

    constructor(IFaultContract faults_) {
        faults = faults_;
    }

    /// @dev Judges the packet invalid, with the sender as the reporter.
    function _convict(bytes calldata headerWords, Accused calldata accused) internal {
        faults.convict(headerWords, accused, msg.sender);
    }

    function _decode(bytes calldata headerWords) internal pure returns (Header memory) {
        return Encoding.decodeHeader(headerWords);
    }

    /// @dev Refuses a range that is not under the root.
    function _requireRange(bytes32 root, Range calldata range) internal pure {
        if (!MerkleRanges.verify(root, range)) revert WrongRange();
    }

    /// @dev Refuses a range that is not under the root, or not of one item.
    function _requireItem(bytes32 root, Range calldata range)
        internal
        pure
        returns (bytes calldata item)
    {
        if (range.items.length != 1) revert WrongRange();
        _requireRange(root, range);
        return range.items[0];
    }

    function _isAtStart(Range calldata range) internal pure returns (bool) {
        return range.first == 0;
    }

    function _isAtEnd(Range calldata range) internal pure returns (bool) {
        return range.first + range.items.length == range.count;
    }
}
