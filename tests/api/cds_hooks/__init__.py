"""CDS Hooks 2.0, tested against the numbered requirements of the specification."""
