"""A year's units: judged in the order of their dependencies, rolled up, and summed up."""
