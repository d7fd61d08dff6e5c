"""Tests of the import of vocabularies."""
