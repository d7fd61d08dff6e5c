"""The rulebook: data in YAML, read with the place of every value, checked as a whole."""

from engine.rulebook.load import load_rulebook
from engine.rulebook.model import Fact, Rule, Rulebook

__all__ = ["Fact", "Rule", "Rulebook", "load_rulebook"]
