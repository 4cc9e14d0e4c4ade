"""
Evidence of faults (protocol, section 8): what it must show, how it is found, and what it proves.

    packets       the statement that evidence refutes     ranges        items of a list, proven
    stem_proofs   values of the state, as L1 takes them   access_list   false values before
    update_list   a list that no tree gives               update_nodes  scalars that do not follow
    reveals       what a list has at a place
    finding       all faults of a packet, by a node that has its body and the state before it
"""
