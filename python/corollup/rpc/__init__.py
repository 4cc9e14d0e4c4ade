"""JSON-RPC for wallets and tools: one server, one method table, for the L2 and the embedded L1."""
