"""The services of a node, in the order in which a packet meets them."""
