// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @title Contracts as tools/build.mjs compiled them
/// @dev A test never says `new` of a contract of src/: that would compile it again, with the settings of the tests.
library Artifacts {
    string internal constant SHIPPED = "../python/corollup/l1/artifacts/";
    string internal constant TESTED = "../tests/l1/artifacts/";
    string internal constant LOCAL = "test/artifacts/";

    /// The code that the package ships, with the constructor's arguments.
    function codeOf(string memory name, bytes memory arguments)
        internal
        view
        returns (bytes memory)
    {
        return codeIn(SHIPPED, name, arguments);
    }

    function codeIn(string memory folder, string memory name, bytes memory arguments)
        internal
        view
        returns (bytes memory)
    {
        string memory json = vm.readFile(string.concat(folder, name, ".json"));
        return abi.encodePacked(vm.parseJsonBytes(json, ".bytecode"), arguments);
    }

    /// Deploys what the package ships.
    function deploy(string memory name, bytes memory arguments) internal returns (address) {
        return create(codeOf(name, arguments));
    }

    /// Deploys what only tests need.
    function deployFrom(string memory folder, string memory name, bytes memory arguments)
        internal
        returns (address)
    {
        return create(codeIn(folder, name, arguments));
    }

    /// Deploys, and reverts with what the constructor reverts with.
    function create(bytes memory code) internal returns (address deployed) {
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                let position := mload(0x40)
                returndatacopy(position, 0, returndatasize())
                revert(position, returndatasize())
            }
        }
    }
}
