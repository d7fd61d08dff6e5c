"""What all tests share: how long Hypothesis may look, and that it says how to repeat what it found."""

from __future__ import annotations

import os

from hypothesis import settings

# A slow or busy machine must not fail a property: no deadline. CI draws the same examples every time.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
