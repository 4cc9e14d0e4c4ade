// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Accused} from "../types/Faults.sol";
import {IFaultModule} from "./IFaultModule.sol";

/// @title Reveals: lists that a committed packet stands for and nobody shows
/// @notice Anyone demands a node or a leaf of such a list with a bond; who answers is paid the bond, and a demand
/// that is not answered in time refutes the packet. Node `index` of level `l` stands over the leaves from
/// `index · 2^l` on; level 0 are the leaves.
interface IReveals is IFaultModule {
    /// @notice Lists that are not on L1.
    enum List {
        Access,
        Update
    }

    /// @notice A node of a list of a packet.
    struct Place {
        /// The list.
        List list;
        /// Height of the node above the leaves.
        uint8 level;
        /// Its place among the nodes of its level.
        uint64 index;
    }

    /// @notice What is at a place.
    struct Answer {
        /// The leaf, on level 0.
        bytes item;
        /// The left child, above.
        bytes32 left;
        /// The right child; zero if there is none, and then the node is its left child.
        bytes32 right;
        /// Leaves of the whole list.
        uint64 count;
        /// Siblings from the node up; the top of the list, if it has no such node.
        bytes32[] path;
    }

    /// @notice A node was demanded until `deadline`.
    event NodeDemanded(
        bytes32 indexed digest, Place place, address indexed asker, uint256 bond, uint64 deadline
    );
    /// @notice A demand was answered, in the calldata of the transaction.
    event NodeRevealed(bytes32 indexed digest, Place place, address indexed answerer);
    /// @notice A demand was not answered.
    event NodeWithheld(bytes32 indexed digest, Place place);
    /// @notice A bond was paid back.
    event BondWithdrawn(address indexed account, uint256 amount);

    /// @notice The place is demanded already.
    error AlreadyDemanded();
    /// @notice The place is not demanded.
    error NotDemanded();
    /// @notice As many demands of the packet are open as can be.
    error TooManyDemands();
    /// @notice The sent ETH is not the bond.
    error WrongBond(uint256 expected, uint256 found);
    /// @notice The evidence window ends before a demand could be answered.
    error DemandTooLate(uint64 l1Number);
    /// @notice The demand can be answered until `deadline`.
    error DeadlineAhead(uint64 deadline);
    /// @notice The demand's deadline has passed.
    error DeadlinePassed(uint64 deadline);
    /// @notice The answer is not what is at the place.
    error WrongAnswer();
    /// @notice There is nothing to withdraw, or the transfer of ETH failed.
    error NothingPaid();

    /// @notice Demands a node of a list of a committed packet, with `bondOf` the packet sent along.
    /// @param commitProof As `ICommits.commitOf` takes it.
    function demand(bytes calldata headerWords, Place calldata place, bytes calldata commitProof)
        external
        payable;

    /// @notice Answers a demand, and is paid its bond.
    function answer(bytes calldata headerWords, Place calldata place, Answer calldata answer_)
        external;

    /// @notice Reports a demand that nobody answered; the asker is the reporter, and gets the bond back.
    function reportWithheld(
        bytes calldata headerWords,
        Place calldata place,
        Accused calldata accused
    ) external;

    /// @notice Pays the sender's bonds.
    function withdrawBond() external;

    /// @notice Bond of the next demand of a packet, wei; it doubles with each open one.
    function bondOf(bytes32 digest) external view returns (uint256);
}
