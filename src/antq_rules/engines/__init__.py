"""Executors of a plan: one protocol, several ways to the same outcomes."""
