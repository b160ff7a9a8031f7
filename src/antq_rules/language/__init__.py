"""From the YAML files of a ruleset to the model, with every fault named by file, line and column."""
