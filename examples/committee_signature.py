"""
A quorum of seven signs one message: many endorsements become one signature.

    bad shares: [3]
    quorum verifies: True
    signature bytes: 96
"""

from corollup import bls

committee = bls.derive_keys(7, seed=1)
message = b"a packet is valid".ljust(32, b"\0")

# Five of seven sign, and one of the five sends garbage.
signatures = [secret.sign(message) for secret in committee[:5]]
signatures[3] = committee[3].sign(b"something else".ljust(32, b"\0"))

keys = [secret.public_key for secret in committee[:5]]
print("bad shares:", bls.find_invalid(keys, message, signatures))

signatures[3] = committee[3].sign(message)
aggregate = bls.aggregate(signatures)
print("quorum verifies:", bls.fast_aggregate_verify(keys, message, aggregate))
print("signature bytes:", len(bytes(aggregate)))
