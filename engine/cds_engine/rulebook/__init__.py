"""The rulebook: YAML files, loaded with the line of every value, and checked as a whole."""

from cds_engine.rulebook.load import load_rulebook
from cds_engine.rulebook.model import Fact, Rule, Rulebook

__all__ = ["Fact", "Rule", "Rulebook", "load_rulebook"]
