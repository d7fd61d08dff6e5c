"""Inference: Kleene logic, the Rete network in durable-rules, and rulebooks compiled for a date."""
