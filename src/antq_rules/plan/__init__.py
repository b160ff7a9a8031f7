"""The plan: a ruleset with the year, the readings and the values in force settled."""
