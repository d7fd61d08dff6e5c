"""The patient record: parsing, validation, and the chart in the concepts and units of the rulebook."""
