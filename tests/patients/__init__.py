"""Plausible synthetic patients, the same ones for the same seed: ``python -m tests.patients --help``.

They are drawn as columns (:mod:`tests.patients.columns`); records, facts and Bundles are made from those, so
that whatever form a patient comes in, it is the same patient. Nobody real stands behind any of them.
"""
