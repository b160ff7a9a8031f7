"""A year's units from tables, judged by columns, piece by piece, whatever their number."""
