"""The language of rules and facts: expressions, formulas and queries as trees, and Kleene logic over them."""
