"""Tests of the decision ledger."""
