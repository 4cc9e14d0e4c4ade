// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Artifacts} from "./support/Artifacts.sol";
import {Vm, vm} from "./support/Vm.sol";

/// @title The tests deploy what the sources say
contract ArtifactsTest {
    function test_artifacts_are_of_the_sources_of_today() public view {
        requireFresh(Artifacts.SHIPPED);
        requireFresh(Artifacts.TESTED);
        requireFresh(Artifacts.LOCAL);
    }

    function requireFresh(string memory folder) private view {
        Vm.DirEntry[] memory files = vm.readDir(folder);
        vm.assertTrue(files.length > 0, "no artifacts: npm run build");
        for (uint256 i = 0; i < files.length; ++i) {
            // A call of its own has memory of its own.
            this.requireFreshFile(files[i].path);
        }
    }

    function requireFreshFile(string calldata path) external view {
        string memory json = vm.readFile(path);
        vm.assertEq(
            hashSources(vm.parseJsonStringArray(json, ".sources")),
            vm.parseJsonBytes32(json, ".sourceHash"),
            string.concat("stale: npm run build, ", path)
        );
    }

    /// As tools/build.mjs hashes them.
    function hashSources(string[] memory names) private view returns (bytes32) {
        bytes memory text;
        for (uint256 i = 0; i < names.length; ++i) {
            text =
                bytes.concat(text, bytes(names[i]), hex"00", bytes(vm.readFile(names[i])), hex"00");
        }
        return sha256(bytes.concat(text, bytes(vm.readFile("tools/settings.json"))));
    }
}
