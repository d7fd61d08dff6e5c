"""Facts: named values derived from a chart."""
