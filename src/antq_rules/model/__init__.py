"""Frozen data: what a ruleset says, what a dossier holds, what a verdict tells."""
