"""Comparisons with other libraries on the same criteria, and the growth of time and memory with the number of units."""
