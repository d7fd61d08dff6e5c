"""Exact numbers and UCUM units."""
