"""The Evaluate page in a real Chromium."""

from __future__ import annotations

import pytest

from tests.api.workbench.conftest import Visit

pytestmark = pytest.mark.slow


def test_first_view(visit: Visit) -> None:
    page = visit.open("/")
    assert page.title() == "Evaluate · CDS workbench"
    visit.assert_clean()
