"""Terminology cases, such as ``loinc|718-7 13.2 g/dL is haemoglobin 132 g/L``: what codes and units mean."""
