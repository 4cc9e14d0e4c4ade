// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "../../src/libraries/BLS.sol";
import {Encoding} from "../../src/libraries/Encoding.sol";
import {
    Committee,
    CommittedProof,
    PayoutPart,
    PayoutRecord,
    Turn
} from "../../src/types/Commit.sol";
import {Accused, Jury, Statement} from "../../src/types/Faults.sol";
import {Header} from "../../src/types/Header.sol";
import {G1Point, G2Point} from "../../src/types/Points.sol";
import {Signer} from "../support/Signer.sol";
import {vm} from "../support/Vm.sol";
import {MemberActions} from "./MemberActions.sol";

/// @title Offences, reports of them, charges and appeals
abstract contract FaultActions is MemberActions {
    uint256 internal openCase;
    Header internal appealed;
    bytes internal appealProof;
    bytes internal appealParent;

    /// A member signs two packets of one turn, and is reported, perhaps again.
    function equivocate(uint256 who) external metered("equivocate") {
        uint32 id = pick(who);
        if (!isSeated(id) && !wasSlashed[id]) return;
        freezeFirst();
        if (report(id)) settleSlashes();
    }

    /// The producer is charged for a packet with status 0.
    function charge(uint256 gasUsed) external metered("charge") {
        Header memory header = makeHeader(makePayload(1, 20));
        header.gasUsed = uint64(between(gasUsed, 0, config.gasLimit));
        header.receiptsRoot = keccak256("contradiction");
        Turn memory turn = makeTurn(header, 0, 0, 0);
        uint256 gasBefore = gasleft();
        try charges.charge(abi.encode(header), turn, 0, "") {
            note(gasBefore);
            ++done["charged"];
        } catch {}
    }

    /// Appeals the newest packet, if no case is open.
    function appeal() external metered("appeal") {
        if (openCase != 0 || _kept.length < 2) return;
        Kept storage kept = _kept[_kept.length - 1];
        (PayoutPart memory part, PayoutRecord memory record) = partOf(kept);
        appealed = kept.header;
        appealProof = abi.encode(CommittedProof(kept.slot, record, 0, part));
        appealParent = abi.encode(_kept[_kept.length - 2].header);
        uint256 bond = appeals.bondOf();
        try appeals.appeal{value: bond}(abi.encode(kept.header), appealProof) returns (
            uint256 caseId
        ) {
            openCase = caseId;
            ++done["appealed"];
        } catch {}
    }

    /// The jurors decide; a verdict against the packet takes it, and what follows it, back.
    function decide(uint256 coin, uint256 absent) external metered("decide") {
        bool isValid = coin % 2 == 0;
        if (openCase == 0) return;
        freezeFirst();
        Header memory header = appealed;
        Jury memory jury = makeJury(digestOf(header), isValid, between(absent, 0, 4));
        bool isMajority = 2 * (COMMITTEES * SIZE - absent % 5) > COMMITTEES * SIZE;
        // The proof is of the packet's part as it is now: claims since the appeal changed it.
        bytes memory proof = isValid ? bytes("") : proofOfKept(header.number);
        uint256 gasBefore = gasleft();
        try appeals.decide(
            openCase, abi.encode(header), isValid, jury, isValid ? bytes("") : appealParent, proof
        ) {
            note(gasBefore);
            if (!isMajority) ++wronglyAccepted;
            openCase = 0;
            ++done["decided"];
            if (!isValid) cutChain(header.number);
            settleSlashes();
        } catch {}
    }

    function closeCase() external metered("close") {
        if (openCase == 0) return;
        try appeals.close(openCase) {
            openCase = 0;
            ++done["closed"];
        } catch {}
    }

    function report(uint32 id) private returns (bool) {
        Header memory header = makeHeader(makePayload(1, 20));
        Header memory rival = makeHeader(makePayload(1, 20));
        rival.postStateRoot = keccak256("rival");
        Statement memory first;
        first.header = abi.encode(header);
        first.status = 1;
        first.signers.ids = new uint32[](1);
        first.signers.ids[0] = id;
        first.signers.keys = new G1Point[](1);
        first.signers.keys[0] = Signer.keyOf(secretOf(id));
        Statement memory second;
        second.header = abi.encode(rival);
        second.status = 1;
        G2Point memory signature = sign(id, header);
        BLS.addTo(signature, sign(id, rival));
        uint256 gasBefore = gasleft();
        try faults.reportContradiction(first, second, signature) {
            note(gasBefore);
            ++done["slashed"];
            return true;
        } catch {
            return false;
        }
    }

    function sign(uint32 id, Header memory header) private view returns (G2Point memory) {
        bytes32 message = Encoding.computeEndorseMessage(digestOf(header), 1);
        return Signer.sign(secretOf(id), message);
    }

    /// All seats' votes but those of the first `absent`.
    function makeJury(bytes32 digest, bool isValid, uint256 absent)
        private
        view
        returns (Jury memory jury)
    {
        jury.committees = new Committee[](COMMITTEES);
        jury.absent = new uint256[](1);
        jury.absent[0] = 2 ** absent - 1;
        jury.keys = new G1Point[](absent);
        uint256 secrets = 0;
        for (uint256 i = 0; i < COMMITTEES; ++i) {
            jury.committees[i].members = membersOf(i);
            jury.committees[i].key = committeeKeys[i];
        }
        for (uint256 i = 0; i < COMMITTEES * SIZE; ++i) {
            uint256 secret = secretAt(i / SIZE, i % SIZE);
            if (i < absent) jury.keys[i] = Signer.keyOf(secret);
            else secrets += secret;
        }
        bytes32 message = keccak256(abi.encode(2, openCase, digest, isValid ? 1 : 0));
        jury.signature = Signer.sign(secrets, message);
    }

    function proofOfKept(uint64 number) private view returns (bytes memory) {
        for (uint256 i = _kept.length; i > 0; --i) {
            Kept storage kept = _kept[i - 1];
            if (kept.header.number != number) continue;
            (PayoutPart memory part, PayoutRecord memory record) = partOf(kept);
            return abi.encode(CommittedProof(kept.slot, record, 0, part));
        }
        return "";
    }

    function cutChain(uint64 number) private {
        while (chain.length > number) {
            chain.pop();
            _roots.pop();
        }
        while (_kept.length > 0 && _kept[_kept.length - 1].header.number >= number) {
            _kept.pop();
        }
    }
}
