"""
Change a state without holding it: a proof of two keys is enough to compute the next root.

    proof bytes: 401
    changed slots: 2
    same root: True
"""

from corollup.verkle import VerkleTree, compute_storage_key, verify_verkle_proof

CHAIN_ID = 267655
CONTRACT = bytes(19) + b"\x01"

keys = [compute_storage_key(CONTRACT, slot) for slot in range(1000)]
tree = VerkleTree([(key, (7).to_bytes(32, "big")) for key in keys])

# The holder of the state proves one slot that is there and one that is not.
present, absent = keys[5], compute_storage_key(CONTRACT, 5000)
values = sorted([(present, (7).to_bytes(32, "big")), (absent, bytes(32))])
proof = tree.prove(CHAIN_ID, [key for key, _ in values])
print("proof bytes:", len(proof))

# Who has only the root checks the proof, and computes the root after two writes.
shown = verify_verkle_proof(CHAIN_ID, tree.root, values, proof)
writes = sorted([(present, (8).to_bytes(32, "big")), (absent, (9).to_bytes(32, "big"))])
root, updates = shown.apply(writes)
print("changed slots:", len(updates))

tree.apply(writes)
print("same root:", root == tree.root)
