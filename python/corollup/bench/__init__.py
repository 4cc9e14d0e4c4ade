"""Measurements beside peers: what `corollup bench run` prints."""
