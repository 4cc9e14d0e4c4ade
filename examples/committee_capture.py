"""
How likely one committee is captured when a third of all nodes is malicious.

    n =  32: 4.512e-5
    n =  64: 3.277e-8
    n = 128: 5.552e-15
"""

from fractions import Fraction

from corollup.spec.security import compute_binomial_tail

for size in (32, 64, 128):
    quorum = -(-2 * size // 3)
    probability = compute_binomial_tail(Fraction(1, 3), size, quorum)
    print(f"n = {size:3}: {probability:.3e}")
