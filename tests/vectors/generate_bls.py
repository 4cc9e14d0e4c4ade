"""
Write `bls.json`, the vector file of BLS keys, signatures and points, from `corollup.spec.bls`.

    python -m tests.vectors.generate_bls

It is apart from the other vectors because the reference curve takes seconds.
"""

import json
from typing import Final

from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.optimized_bls12_381 import field_modulus, normalize

from corollup.spec import bls
from corollup.spec.containers import (
    compute_endorse_message,
    compute_key_hash,
    compute_registration_message,
)
from tests.vectors.generate import FOLDER, Json, fill, replace_byte, show

SEED: Final = fill("bls seed")
PATHS: Final = [f"m/12381/3600/{index}/0" for index in range(4)]
SECRETS: Final = [bls.derive_secret_key(SEED, path) for path in PATHS]
KEYS: Final = [bls.compute_public_key(secret) for secret in SECRETS]

# The smallest abscissas on the curves; the cofactors are large, so neither is in the subgroup.
OUTSIDE_KEY: Final = bytes([0x80]) + bytes(46) + bytes([4])
OUTSIDE_SIGNATURE: Final = bytes([0x80]) + bytes(94) + bytes([2])
MODULUS: Final = field_modulus.to_bytes(48, "big")


def make_keys() -> list[Json]:
    return [
        {
            "path": path,
            "secret": secret,
            "key": key,
            "key_eip2537": bls.to_eip2537_key(key),
            "key_hash": compute_key_hash(bls.to_eip2537_key(key)),
        }
        for path, secret, key in zip(PATHS, SECRETS, KEYS, strict=True)
    ]


def make_endorsements() -> list[Json]:
    """Make aggregates of one message, as an endorsing committee does."""
    cases = []
    for signers, status in ([0], 1), ([0, 1, 2], 1), ([1, 3], 0):
        digest = fill(f"digest {len(signers)}")
        message = compute_endorse_message(digest, status)
        signatures = [bls.sign(SECRETS[signer], message) for signer in signers]
        total = bls.aggregate(signatures)
        key = bls.aggregate_keys([KEYS[signer] for signer in signers])
        cases.append(
            {
                "digest": digest,
                "status": status,
                "message": message,
                "message_point_eip2537": bls.to_eip2537_signature(
                    bls.hash_to_g2(message, bls.SIGNATURE_DST)
                ),
                "keys": [KEYS[signer] for signer in signers],
                "signatures": signatures,
                "aggregate_key": key,
                "aggregate_key_eip2537": bls.to_eip2537_key(key),
                "aggregate": total,
                "aggregate_eip2537": bls.to_eip2537_signature(total),
            }
        )
    return cases


def make_registrations() -> list[Json]:
    """Make proofs of possession that bind a key to its operator."""
    cases = []
    for number, (secret, key) in enumerate(zip(SECRETS[:2], KEYS, strict=False)):
        contract, operator = fill("contract", 20), fill(f"operator {number}", 20)
        key_hash = compute_key_hash(bls.to_eip2537_key(key))
        message = compute_registration_message(31337, contract, operator, key_hash)
        proof = bls.prove_possession(secret, message)
        cases.append(
            {
                "l1_chain_id": 31337,
                "management_contract": contract,
                "operator": operator,
                "key": key,
                "key_eip2537": bls.to_eip2537_key(key),
                "message": message,
                "message_point_eip2537": bls.to_eip2537_signature(
                    bls.hash_to_g2(message, bls.POSSESSION_DST)
                ),
                "proof": proof,
                "proof_eip2537": bls.to_eip2537_signature(proof),
            }
        )
    return cases


def make_key_faults() -> list[Json]:
    key = KEYS[0]
    malformed = make_faults(
        "public key is not 48 bytes of a compressed point",
        {
            "empty": b"",
            "a byte short": key[:-1],
            "a byte long": key + b"\0",
            "not marked as compressed": replace_byte(key, 0, key[0] & 0x7F),
            "infinity with a sign": bytes([0xE0]) + bytes(47),
            "infinity with an abscissa": bytes([0xC0]) + bytes(46) + b"\1",
            "abscissa of the modulus": bytes([MODULUS[0] | 0x80]) + MODULUS[1:],
            "abscissa of no point": bytes([0x80]) + bytes(46) + b"\1",
        },
    )
    infinite = make_faults(
        "public key is the point at infinity", {"infinity": bytes([0xC0]) + bytes(47)}
    )
    outside_the_subgroup = make_faults(
        "public key is not in the subgroup", {"outside the subgroup": OUTSIDE_KEY}
    )
    return [*malformed, *infinite, *outside_the_subgroup]


def make_signature_faults() -> list[Json]:
    signature = bls.sign(SECRETS[0], b"")
    malformed = make_faults(
        "signature is not 96 bytes of a compressed point",
        {
            "empty": b"",
            "a byte short": signature[:-1],
            "a byte long": signature + b"\0",
            "not marked as compressed": replace_byte(signature, 0, signature[0] & 0x7F),
            "infinity with a sign": bytes([0xE0]) + bytes(95),
            "infinity with an abscissa": bytes([0xC0]) + bytes(94) + b"\1",
            "first element of the modulus": (
                bytes([MODULUS[0] | 0x80]) + MODULUS[1:] + signature[48:]
            ),
            "second element of the modulus": signature[:48] + MODULUS,
            "a flag in the second element": replace_byte(signature, 48, signature[48] | 0x80),
            "abscissa of no point": bytes([0x80]) + bytes(94) + b"\1",
        },
    )
    outside_the_subgroup = make_faults(
        "signature is not in the subgroup", {"outside the subgroup": OUTSIDE_SIGNATURE}
    )
    return [*malformed, *outside_the_subgroup]


def make_eip2537_key_faults() -> list[Json]:
    key = bls.to_eip2537_key(KEYS[0])
    x, y = normalize(decompress_G1(G1Compressed(int.from_bytes(OUTSIDE_KEY, "big"))))
    malformed = make_faults(
        "public key is not 128 bytes of an EIP-2537 point",
        {
            "empty": b"",
            "a byte short": key[:-1],
            "a byte long": key + b"\0",
            "padding of the abscissa": replace_byte(key, 15, 1),
            "padding of the ordinate": replace_byte(key, 64, 1),
            "a flag in the abscissa": replace_byte(key, 16, key[16] | 0x80),
            "abscissa of the modulus": bytes(16) + MODULUS + key[64:],
            "ordinate of the modulus": key[:64] + bytes(16) + MODULUS,
            "not on the curve": replace_byte(key, 127, key[127] ^ 1),
        },
    )
    infinite = make_faults("public key is the point at infinity", {"infinity": bytes(128)})
    outside_the_subgroup = make_faults(
        "public key is not in the subgroup",
        {"outside the subgroup": int(x).to_bytes(64, "big") + int(y).to_bytes(64, "big")},
    )
    return [*malformed, *infinite, *outside_the_subgroup]


def make_eip2537_signature_faults() -> list[Json]:
    signature = bls.to_eip2537_signature(bls.sign(SECRETS[0], b""))
    x, y = normalize(decompress_G2(G2Compressed((1 << 383, 2))))
    outside = b"".join(int(element).to_bytes(64, "big") for element in (*x.coeffs, *y.coeffs))
    malformed = make_faults(
        "signature is not 256 bytes of an EIP-2537 point",
        {
            "empty": b"",
            "a byte short": signature[:-1],
            "a byte long": signature + b"\0",
            "padding of the last element": replace_byte(signature, 207, 1),
            "a flag in the first element": replace_byte(signature, 16, signature[16] | 0x40),
            "second element of the modulus": (
                signature[:64] + bytes(16) + MODULUS + signature[128:]
            ),
            "elements exchanged": signature[64:128] + signature[:64] + signature[128:],
            "not on the curve": replace_byte(signature, 255, signature[255] ^ 1),
        },
    )
    outside_the_subgroup = make_faults(
        "signature is not in the subgroup", {"outside the subgroup": outside}
    )
    return [*malformed, *outside_the_subgroup]


def make_faults(error: str, faults: dict[str, bytes]) -> list[Json]:
    return [{"name": name, "encoded": data, "error": error} for name, data in faults.items()]


def make_document() -> Json:
    """Make the whole document."""
    return {
        "layout": "bls",
        "seed": SEED,
        "keys": make_keys(),
        "endorsements": make_endorsements(),
        "registrations": make_registrations(),
        "invalid_keys": make_key_faults(),
        "invalid_signatures": make_signature_faults(),
        "invalid_eip2537_keys": make_eip2537_key_faults(),
        "invalid_eip2537_signatures": make_eip2537_signature_faults(),
    }


if __name__ == "__main__":
    (FOLDER / "bls.json").write_text(json.dumps(show(make_document()), indent=1) + "\n")
