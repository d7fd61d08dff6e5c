"""Cards fulfil the requirements of the specification."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import call, order
from tests.api.cds_hooks.calls import cards as cards_for


@pytest.fixture(scope="module")
def cards(client: TestClient, engine: Engine) -> list[dict[str, Any]]:
    found = cards_for(client, call("order-sign", order(engine)))
    assert len(found) >= 2
    return found


def absolute(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).netloc)


def test_identifiers(client: TestClient, engine: Engine, cards: list[dict[str, Any]]) -> None:
    assert len({card["uuid"] for card in cards}) == len(cards)
    assert all(str(uuid.UUID(card["uuid"])) == card["uuid"] for card in cards)
    body = call("order-sign", order(engine))
    assert cards_for(client, body) == cards
    body["hookInstance"] = str(uuid.uuid4())
    assert not {card["uuid"] for card in cards_for(client, body)} & {card["uuid"] for card in cards}


def test_summary_and_indicator(cards: list[dict[str, Any]]) -> None:
    order_of = {"critical": 0, "warning": 1, "info": 2}
    assert all(0 < len(card["summary"]) < 140 for card in cards)
    ranks = [order_of[card["indicator"]] for card in cards]
    assert ranks == sorted(ranks)


def test_detail_is_markdown(engine: Engine, cards: list[dict[str, Any]]) -> None:
    for card in cards:
        assert "\n- " in card["detail"]
        assert " ".join(engine.rulebook.file.disclaimer.split()) in " ".join(card["detail"].split())


def test_source(cards: list[dict[str, Any]]) -> None:
    for card in cards:
        source = card["source"]
        assert source["label"]
        assert absolute(source["url"])
        assert source["url"].endswith("/v1/rulebook")
        assert all(isinstance(source["topic"][field], str) for field in ("system", "code", "display"))


def test_override_reasons(cards: list[dict[str, Any]]) -> None:
    for card in cards:
        assert card["overrideReasons"]
        for reason in card["overrideReasons"]:
            assert all(isinstance(reason[field], str) for field in ("system", "code", "display"))
            assert reason["display"]


def test_links(client: TestClient, cards: list[dict[str, Any]]) -> None:
    for card in cards:
        for link in card["links"]:
            assert set(link) == {"label", "url", "type"}
            assert link["type"] == "absolute"
            assert absolute(link["url"])
            parts = urlsplit(link["url"])
            assert client.get(f"{parts.path}?{parts.query}").status_code == 200
