"""Every setting is documented, and an invalid one is a one-line error."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_api.settings import Settings, parse_api_key, read_settings, settings_table


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CDS_{name.upper()}", raising=False)


def test_every_variable_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert settings_table() in page


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CDS_PORT", "x", "CDS_PORT: "),
        ("CDS_PORT", "70000", "CDS_PORT: "),
        ("CDS_WORKERS", "0", "CDS_WORKERS: "),
        ("CDS_PROT", "1", "CDS_PROT: no such setting (did you mean 'CDS_PORT'?)"),
        ("CDS_HOST", "0.0.0.0", "CDS_API_KEYS"),
        ("CDS_HOST", "service.test", "CDS_API_KEYS"),
        ("CDS_API_KEYS", "ward:123", "CDS_API_KEYS: expected name:SHA-256"),
        ("CDS_API_KEYS", f"ward:{'0' * 64}:metric", "unknown area 'metric' (did you mean 'metrics'?)"),
        ("CDS_API_KEYS_FILE", "/nowhere", "CDS_API_KEYS_FILE: "),
        ("CDS_JWT_ISSUERS", "{", "CDS_JWT_ISSUERS: expected a JSON object"),
        ("CDS_JWT_ISSUERS", '{"https://a.test": "/nowhere"}', "CDS_JWT_ISSUERS: expected a key set"),
        ("CDS_PUBLIC_URL", "service.test", "CDS_PUBLIC_URL: expected an absolute"),
        (
            "CDS_JWT_ISSUERS",
            '{"https://a.test": {}}',
            "CDS_JWT_ISSUERS: issuer 'https://a.test': expected a key",
        ),
        ("CDS_JWT_ISSUERS", '{"https://a.test": {"keys": [5]}}', "key 1 is not an object"),
        ("CDS_JWT_ISSUERS", '{"https://a.test": 5}', "CDS_JWT_ISSUERS: expected a key set"),
        ("CDS_JWT_ISSUERS", "[]", "CDS_JWT_ISSUERS: "),
        ("CDS_PUBLIC_URL", "http://a.test:99999", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_PUBLIC_URL", "http://a.test:x", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_PUBLIC_URL", "http://[1", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_PUBLIC_URL", "http://u:p@a.test", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_PUBLIC_URL", "http://a b.test", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_PUBLIC_URL", "http://a.test/?", "CDS_PUBLIC_URL: expected an absolute"),
        ("CDS_TRUSTED_PROXIES", "proxy.test", "CDS_TRUSTED_PROXIES: expected IP addresses"),
        ("CDS_TRUSTED_PROXIES", "10.0.0.1, 300.0.0.1", "found '300.0.0.1'"),
        ("CDS_TRUSTED_PROXIES", "*", "CDS_TRUSTED_PROXIES: expected IP addresses"),
        ("CDS_CORS_ORIGINS", "app.test", "CDS_CORS_ORIGINS: expected origins"),
        ("CDS_CORS_ORIGINS", "https://app.test/", "CDS_CORS_ORIGINS: expected origins"),
        ("CDS_CORS_ORIGINS", "https://*.test", "CDS_CORS_ORIGINS: expected origins"),
        ("CDS_CORS_ORIGINS", "null", "CDS_CORS_ORIGINS: expected origins"),
        ("CDS_FHIR_SERVERS", "http://ehr.test/fhir", "CDS_FHIR_SERVERS: expected an https URL"),
        ("CDS_FHIR_SERVERS", "https://u@ehr.test", "CDS_FHIR_SERVERS: expected an https URL"),
        ("CDS_FETCH_TIMEOUT", "0", "CDS_FETCH_TIMEOUT: "),
        ("CDS_RULEBOOK", "/nowhere", "CDS_RULEBOOK: "),
        ("CDS_LEDGER", "decisions.db", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("CDS_LEDGER", "sqlite:///", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("CDS_LEDGER", "sqlite:///:memory:", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("CDS_LEDGER", "mysql://u@h/d", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("CDS_LEDGER_INPUT", "some", "CDS_LEDGER_INPUT: "),
        ("CDS_LEDGER_KEY_FILE", "/nowhere", "CDS_LEDGER_KEY_FILE: nothing at '/nowhere'"),
        ("CDS_LEDGER_SECRET_FILE", "/nowhere", "CDS_LEDGER_SECRET_FILE: nothing at '/nowhere'"),
        ("CDS_LEDGER_CHECKPOINT_SECONDS", "0", "CDS_LEDGER_CHECKPOINT_SECONDS: "),
        ("CDS_LOG_LEVEL", "loud", "CDS_LOG_LEVEL: "),
    ],
)
def test_invalid_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    assert run(["serve"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_workers_get_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_JWT_ISSUERS", '{"https://a.test": {"keys": []}}')
    monkeypatch.setenv("CDS_CORS_ORIGINS", "https://a.test, https://b.test")
    settings = read_settings(host="0.0.0.0", port=81, insecure=True)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings
    assert settings.cors_origins == ("https://a.test", "https://b.test")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "https://a.test:8443/cds/"),
        ("public_url", "http://[::1]:8000"),
        ("trusted_proxies", "10.0.0.1, 10.1.0.0/16, ::1"),
        ("cors_origins", "*"),
        ("cors_origins", "https://app.test:8443, http://localhost:3000"),
        ("jwt_issuers", '{"https://a.test": {"keys": []}}'),
    ],
)
def test_valid_variables(name: str, value: str) -> None:
    Settings(**{name: value})


def test_a_ledger_without_the_whole_input_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="CDS_LEDGER_SECRET_FILE"):
        Settings(ledger="sqlite:///x.db", ledger_input="pseudonymous")
    Settings(ledger_input="pseudonymous")


def test_a_key_without_areas_cannot_read_decisions() -> None:
    digest = "0" * 64
    assert parse_api_key(f"ward:{digest}")[2] == {"evaluate", "knowledge", "cds-hooks", "metrics"}
    assert parse_api_key(f"ward:{digest}:decisions+metrics")[2] == {"decisions", "metrics"}
