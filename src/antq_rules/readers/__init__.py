"""Files of units into dossiers: one module a format behind one interface."""
