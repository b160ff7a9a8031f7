"""Workbooks opened safely: their sheets as plain cells."""
