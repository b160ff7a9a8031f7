"""The evidence of a unit: checked against the dictionary, windowed, and measured."""
