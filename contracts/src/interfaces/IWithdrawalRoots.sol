// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {WithdrawalsProof} from "../types/Commit.sol";

/// @title The messages from L2 to L1 of committed packets; what `commits()` of the State Contract shows the bridge
interface IWithdrawalRoots {
    /// @notice Root of the messages of the committed packet of a number; reverts with `NotCommitted` if it is none.
    /// @return digest Digest of the packet.
    /// @return withdrawalsRoot The root.
    function withdrawalsRootOf(uint64 number, WithdrawalsProof calldata proof)
        external
        view
        returns (bytes32 digest, bytes32 withdrawalsRoot);
}
