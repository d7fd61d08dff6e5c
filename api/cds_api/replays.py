"""How the decisions of each evaluating route are made again."""

from __future__ import annotations

from collections.abc import Mapping

from cds_api.cds_hooks import stored as stored_hooks
from cds_api.decisions import Replay
from cds_api.routes import batch, evaluate, stored

REPLAYS: Mapping[str, Replay] = {
    evaluate.PATH: stored.REPLAY,
    batch.PATH: stored.REPLAY,
    stored_hooks.PATH: stored_hooks.REPLAY,
}
"""The replay of each route, by path template. A route that evaluates adds its own."""
