// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAppeals} from "../../src/interfaces/IAppeals.sol";
import {ICommits} from "../../src/interfaces/ICommits.sol";
import {IExits} from "../../src/interfaces/IExits.sol";
import {IMessageInbox} from "../../src/interfaces/IMessageInbox.sol";
import {IWithdrawalRoots} from "../../src/interfaces/IWithdrawalRoots.sol";
import {Head, WithdrawalsProof} from "../../src/types/Commit.sol";

/// @title The committed chain as the bridge sees it, moved by the test: packets without signatures
/// @dev Answers for the State Contract, its reader and the appeals. The real ones are in `BridgeOfNetwork.t.sol`.
contract ChainStub is IExits, IWithdrawalRoots, IAppeals {
    struct Packet {
        bytes32 digest;
        bytes32 withdrawalsRoot;
        uint64 inboxCount;
        uint64 l1Number;
    }

    bytes32 public constant domain = keccak256("domain");
    uint64 public constant WINDOW = 4;

    Packet[] private _packets;
    uint64 public override firstOpenAppeal = type(uint64).max;
    bytes32 public override escapeRoot;

    constructor() {
        _packets.push(Packet(keccak256("genesis"), 0, 0, 0));
    }

    function commits() external view returns (ICommits) {
        return ICommits(address(this));
    }

    /// Commits a packet with this digest, as far as the inbox agrees.
    function commit(IMessageInbox inbox, bytes32 digest, bytes32 root, uint64 count, uint64 anchor)
        external
        returns (uint64 number)
    {
        require(escapeRoot == 0, "stopped");
        if (address(inbox) != address(0)) inbox.hashAfter(inboxCount(), count, anchor);
        number = uint64(_packets.length);
        _packets.push(Packet(digest, root, count, uint64(block.number)));
    }

    /// Resets the chain to before a packet that is not final.
    function reset(uint64 number) external {
        require(number > finalizedNumber() && number < _packets.length, "final");
        while (_packets.length > number) {
            _packets.pop();
        }
    }

    function setAppeal(uint64 number) external {
        firstOpenAppeal = number;
    }

    function openEscape(bytes32 root) external {
        escapeRoot = root;
    }

    function head() external view returns (Head memory found) {
        found.number = uint40(_packets.length - 1);
    }

    function inboxCount() public view override returns (uint64) {
        return _packets[_packets.length - 1].inboxCount;
    }

    function finalizedNumber() public view returns (uint64 number) {
        number = uint64(_packets.length - 1);
        while (number > 0 && _packets[number].l1Number + WINDOW > block.number) {
            --number;
        }
        if (firstOpenAppeal <= number) number = firstOpenAppeal - 1;
    }

    function withdrawalsRootOf(uint64 number, WithdrawalsProof calldata)
        external
        view
        override
        returns (bytes32, bytes32)
    {
        if (number >= _packets.length) revert ICommits.NotCommitted(number, 0);
        return (_packets[number].digest, _packets[number].withdrawalsRoot);
    }
}
