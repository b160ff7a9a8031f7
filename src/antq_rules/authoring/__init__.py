"""What authors of rulesets work with: their cases, read and run."""
