"""
Evidence of faults (protocol, section 8): how it is built from a packet, and what it proves.

    stem_proofs   a Verkle proof of one stem as the L1 takes it
"""
