"""CDS Hooks 2.0, against the numbered requirements of the specification."""
