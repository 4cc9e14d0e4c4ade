// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Quorums} from "./Quorums.sol";
import {IManagementContract} from "./interfaces/IManagementContract.sol";
import {IStateContract} from "./interfaces/IStateContract.sol";
import {Narrow} from "./libraries/Narrow.sol";
import {Config} from "./types/Config.sol";

/// @title What is kept of the committees between their commits
abstract contract Endorsements is Quorums, IStateContract {
    /// @dev One word.
    struct CommitteeState {
        /// Hash of its last signer set (`_hashSignerSet`), cut.
        bytes26 signerSet;
        /// Epoch in which it let its last packet to a higher rung; 0 if it did not.
        uint48 laggingEpoch;
    }

    /// @dev Epochs that the Management Contract keeps.
    uint64 private constant KEPT_EPOCHS = 4;

    mapping(uint256 slot => mapping(uint256 committee => CommitteeState)) private _committees;

    constructor(Config memory config, IManagementContract management_)
        Quorums(config, management_)
    {}

    /// @inheritdoc IStateContract
    function management() external view override returns (IManagementContract) {
        return MANAGEMENT;
    }

    /// @inheritdoc IStateContract
    function knownSignerSet(uint64 epoch, uint32 committee)
        external
        view
        override
        returns (bytes26)
    {
        return _signerSetOf(epoch, committee);
    }

    /// @inheritdoc IStateContract
    function isLagging(uint64 epoch, uint32 committee) external view override returns (bool) {
        return _isLagging(epoch, committee);
    }

    /// @dev Keeps a quorum's signer set, if it is another, and marks the assigned committee as lagging, or no longer.
    function _noteQuorum(Draw memory draw, uint64 number, uint8 rung, Signers memory signers)
        internal
    {
        if (signers.changedSet != 0) {
            _committeeState(draw.epoch, signers.committee).signerSet = signers.changedSet;
        }
        uint256 assigned = _committeeOf(draw, number, 0);
        bool isLagging_ = rung != 0;
        if (_isLagging(draw.epoch, assigned) == isLagging_) return;
        _committeeState(draw.epoch, assigned).laggingEpoch =
            isLagging_ ? Narrow.toUint48(draw.epoch) : 0;
    }

    function _signerSetOf(uint64 epoch, uint256 committee)
        internal
        view
        override
        returns (bytes26)
    {
        return _committeeState(epoch, committee).signerSet;
    }

    function _isLagging(uint64 epoch, uint256 committee) internal view override returns (bool) {
        return epoch != 0 && _committeeState(epoch, committee).laggingEpoch == epoch;
    }

    function _committeeState(uint64 epoch, uint256 committee)
        private
        view
        returns (CommitteeState storage)
    {
        return _committees[epoch % KEPT_EPOCHS][committee];
    }
}
