"""Assessments into reports: one module a format behind one interface."""
