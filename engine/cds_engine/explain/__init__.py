"""Explanations on demand: why a rule fired or did not, what to ask next, and where a value comes from."""

from cds_engine.explain.answers import answer_question
from cds_engine.explain.fields import Choice, Field
from cds_engine.explain.places import fact_places
from cds_engine.explain.questions import Question, questions
from cds_engine.explain.tree import (
    RuleTree,
    TreeNode,
    document_tree,
    document_trees,
    record_tree,
    record_trees,
)

__all__ = [
    "Choice",
    "Field",
    "Question",
    "RuleTree",
    "TreeNode",
    "answer_question",
    "document_tree",
    "document_trees",
    "fact_places",
    "questions",
    "record_tree",
    "record_trees",
]
