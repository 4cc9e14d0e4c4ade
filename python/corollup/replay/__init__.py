"""Historical Ethereum blocks, each replayed as the first packet of its own network."""
