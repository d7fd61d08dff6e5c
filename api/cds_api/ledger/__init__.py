"""The decision ledger: stores every evaluation so that it can be shown, checked and reproduced years later.

The layers, from the bottom: ``canonical`` and ``merkle`` (hashes), ``tables`` and ``database`` (storage),
``chains`` and ``checkpoints`` (evidence of tampering), ``gathering`` and ``writer`` (group commit),
``ledger`` (what the service calls), and what reads it: ``reading``, ``verify``, ``proof``, ``replay``,
``export`` and ``prune``.
"""
