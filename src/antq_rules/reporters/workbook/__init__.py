"""The sheets of workbooks: results, comparisons, marked copies."""
