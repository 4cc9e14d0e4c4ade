// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOutbox} from "../../src/interfaces/IOutbox.sol";
import {ITokenBridgeL2} from "../../src/interfaces/ITokenBridgeL2.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {vm} from "./Vm.sol";

/// @title The bridge's contracts of the L2 where its genesis has them
abstract contract PredeployTest {
    IOutbox internal constant outbox = IOutbox(Messages.OUTBOX);
    ITokenBridgeL2 internal constant tokens = ITokenBridgeL2(Messages.TOKEN_BRIDGE_L2);

    function placePredeploys() internal {
        place(address(outbox), "Outbox");
        place(address(tokens), "TokenBridgeL2");
    }

    function place(address account, string memory name) private {
        string memory path = string.concat("../python/corollup/l1/artifacts/", name, ".json");
        vm.etch(account, vm.parseJsonBytes(vm.readFile(path), ".deployedBytecode"));
    }
}
