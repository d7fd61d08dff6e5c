"""How fast the engine is, beside its peers: ``make bench``. No part of the test suite.

One module a topic, with a function ``rows()`` that asserts that what it compares gives the same answers,
measures and yields rows; ``python -m tests.benchmarks`` finds the modules by itself.
"""
