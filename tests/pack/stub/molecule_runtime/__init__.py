"""Stands in for the workspace runtime: no more than what the pack's adapter takes from it."""
