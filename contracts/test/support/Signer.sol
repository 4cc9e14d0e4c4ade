// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../../src/libraries/BLS.sol";
import {G1Point, G2Point} from "../../src/types/Points.sol";

/// @title BLS signing on the precompiles, for tests: secret keys are small integers
library Signer {
    address private constant G1_MSM = address(0x0c);
    address private constant G2_MSM = address(0x0e);
    bytes32 private constant POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_S";

    function keyOf(uint256 secret) internal view returns (G1Point memory) {
        (bool success, bytes memory output) = G1_MSM.staticcall(abi.encode(generator(), secret));
        require(success, "G1MSM");
        return abi.decode(output, (G1Point));
    }

    function sign(uint256 secret, bytes32 message) internal view returns (G2Point memory) {
        return multiply(BLS.hashMessage(message), secret);
    }

    function prove(uint256 secret, bytes32 message) internal view returns (G2Point memory) {
        return multiply(BLS.hashToG2(message, POSSESSION_TAG), secret);
    }

    function multiply(G2Point memory point, uint256 secret) internal view returns (G2Point memory) {
        (bool success, bytes memory output) = G2_MSM.staticcall(abi.encode(point, secret));
        require(success, "G2MSM");
        return abi.decode(output, (G2Point));
    }

    function generator() internal pure returns (G1Point memory) {
        return G1Point({
            xa: 0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f,
            xb: 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb,
            ya: 0x0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4,
            yb: 0xfcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1
        });
    }
}
