"""The page of results and of comparisons: what it shows, and the templates that show it."""
