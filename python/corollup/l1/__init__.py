"""The L1: a chain to build on, a client to reach any, and the contracts on it."""
