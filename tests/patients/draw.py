"""Drawing at random, from one generator and always in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Draw:
    """A seeded source of arrays."""

    def __init__(self, *seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def chance(self, share: float | Floats, number: int) -> Mask:
        """Return of each of ``number`` whether what has a probability of ``share`` happens."""
        return self.random.random(number) < share

    def pick(self, values: Sequence[int] | Ints, number: int, weights: Sequence[float] = ()) -> Ints:
        """Return ``number`` of ``values``, each as likely as the others or in proportion to its weight."""
        if not weights:
            return np.asarray(values, np.int64)[self.random.integers(len(values), size=number)]
        edges = np.cumsum(weights[:-1]) / sum(weights)
        return np.asarray(values, np.int64)[np.searchsorted(edges, self.random.random(number), "right")]

    def between(self, first: int | Ints, last: int | Ints, number: int) -> Ints:
        """Return whole numbers from ``first`` to ``last``, both included."""
        return self.random.integers(first, np.asarray(last) + 1, size=number)

    def about(self, middle: float | Ints | Floats, ratio: float, number: int) -> Ints:
        """Return whole numbers around ``middle``, two thirds of them within a factor of e to ``ratio``."""
        return np.rint(middle * np.exp(ratio * self.random.standard_normal(number))).astype(np.int64)
