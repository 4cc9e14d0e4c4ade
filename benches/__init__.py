"""Measurements: what is fast is measured beside its readable twin, on a named machine."""
