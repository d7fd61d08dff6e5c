"""Approvals: what each advisory says for an example record, and who approved that text."""
