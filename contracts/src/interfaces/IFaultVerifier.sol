// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A proof system for wrong executions, in the slot that the fault contract has for one
interface IFaultVerifier {
    /// @notice Decides whether a proof shows that a packet contradicts its header.
    /// @param headerWords Header of the packet, its 26 words.
    /// @param proof The proof, in whatever form the verifier takes.
    function verifyFault(bytes calldata headerWords, bytes calldata proof)
        external
        view
        returns (bool isFault);
}
