"""Terminology cases, such as ``CODE 13.2 g/dL is CONCEPT 132 g/L``: what codes and units mean."""
