"""Tokens: algorithms, issuers, audiences, lifetimes and single use."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cds_api.key_sets import read_keys
from cds_api.problems import ApiError
from cds_api.settings import Settings
from cds_api.tokens import TokenVerifier
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.testclient import TestClient

ISSUER = "https://ehr.test"
BASE = "https://cds.test"
PATH = "/cds-services/some-service"
EC = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
OTHER = ec.generate_private_key(ec.SECP384R1())


def jwk(key: Any, kid: str) -> dict[str, Any]:
    made = (
        jwt.algorithms.ECAlgorithm
        if isinstance(key, ec.EllipticCurvePrivateKey)
        else jwt.algorithms.RSAAlgorithm
    )
    return {**json.loads(made.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


KEYS = {"keys": [jwk(EC, "e"), jwk(RSA, "r"), {"kty": "oct", "kid": "o", "k": "c2VjcmV0"}]}


def settings(**more: Any) -> Settings:
    return Settings(**{"jwt_issuers": {ISSUER: KEYS}, "public_url": BASE, **more})


def token(key: Any = EC, algorithm: str = "ES384", kid: str | None = "e", **claims: Any) -> str:
    now = int(time.time())
    payload = {"iss": ISSUER, "aud": BASE + PATH, "iat": now, "exp": now + 300, "jti": os.urandom(8).hex()}
    payload = {name: value for name, value in (payload | claims).items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(EC, "ES384", "e"), (RSA, "RS384", "r")])
def test_a_token_is_accepted_once(key: Any, algorithm: str, kid: str) -> None:
    tokens = TokenVerifier(settings())
    given = token(key, algorithm, kid)
    assert tokens.verify(given, PATH) == f"issuer {ISSUER}"
    with pytest.raises(ApiError, match="used before"):
        tokens.verify(given, PATH)


def test_workers_share_used_tokens(tmp_path: Path) -> None:
    one, other = TokenVerifier(settings(state_dir=tmp_path)), TokenVerifier(settings(state_dir=tmp_path))
    given = token()
    one.verify(given, PATH)
    with pytest.raises(ApiError, match="used before"):
        other.verify(given, PATH)


NOW = int(time.time())
SECRET = "x" * 64
INVALID = {
    "none": (lambda: token(None, "none"), "not signed with"),
    "a symmetric algorithm": (lambda: token(SECRET, "HS384"), "not signed with"),
    "another algorithm": (lambda: token(RSA, "RS256", "r"), "not signed with"),
    "a key of another type": (lambda: token(EC, "ES384", "r"), "no such key"),
    "a symmetric key in the set": (lambda: token(EC, "ES384", "o"), "no such key"),
    "no key id": (lambda: token(kid=None), "no such key"),
    "the signature of another key": (lambda: token(OTHER), "signature is wrong"),
    "another issuer": (lambda: token(iss="https://evil.test"), "not trusted"),
    "no issuer": (lambda: token(iss=None), "not trusted"),
    "another audience": (lambda: token(aud=BASE + "/elsewhere"), "another audience"),
    "no audience": (lambda: token(aud=None), "no aud"),
    "expired": (lambda: token(iat=NOW - 999, exp=NOW - 99), "expired"),
    "no expiry": (lambda: token(exp=None), "no exp"),
    "no time of issue": (lambda: token(iat=None), "no iat"),
    "not valid yet": (lambda: token(nbf=NOW + 999), "not valid yet"),
    "issued tomorrow": (lambda: token(iat=NOW + 86400, exp=NOW + 86500), "not valid yet"),
    "too long a lifetime": (lambda: token(exp=NOW + 99999), "more than 3600"),
    "no id": (lambda: token(jti=None), "no jti"),
    "an empty id": (lambda: token(jti=""), "jti is not"),
    "half a character as its id": (lambda: token(jti="\ud800"), "jti is not"),
    "half a character as its key": (lambda: token(kid="\ud800"), "no such key"),
    "half a character as its issuer": (lambda: token(iss="\ud800"), "not trusted"),
    "not a token": (lambda: "a.b.c", "cannot be read"),
}


@pytest.mark.parametrize(("make", "reason"), INVALID.values(), ids=INVALID)
def test_invalid_tokens(make: Callable[[], str], reason: str) -> None:
    with pytest.raises(ApiError, match=reason) as refused:
        TokenVerifier(settings()).verify(make(), PATH)
    assert refused.value.status == 401


@pytest.mark.parametrize("audience", [BASE, BASE + PATH, "urn:ours", ["urn:x", BASE + PATH]])
def test_audiences(audience: object) -> None:
    TokenVerifier(settings(jwt_audiences=("urn:ours",))).verify(token(aud=audience), PATH)


def test_a_key_set_in_a_file_can_be_rotated(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [jwk(OTHER, "old")]}))
    tokens = TokenVerifier(settings(jwt_issuers={ISSUER: str(file)}))
    tokens.verify(token(OTHER, kid="old"), PATH)
    file.write_text(json.dumps(KEYS))
    os.utime(file, ns=(1, 1))
    tokens.verify(token(), PATH)
    with pytest.raises(ApiError, match="no such key"):
        tokens.verify(token(OTHER, kid="old"), PATH)
    file.write_text("{")
    tokens.verify(token(), PATH)


SHORT_RSA = rsa.generate_private_key(65537, 1024)
UNUSABLE = {
    "not an object": ([], "expected a key set"),
    "no keys": ({}, "expected a key set"),
    "no list of keys": ({"keys": {}}, "expected a key set"),
    "a number as a key": ({"keys": [5]}, "key 1 is not an object"),
    "no id": ({"keys": [jwk(EC, "e") | {"kid": None}]}, "key 1 has no kid"),
    "an id twice": ({"keys": [jwk(EC, "e"), jwk(RSA, "e")]}, "key 2 has no kid of its own"),
    "no coordinates": ({"keys": [{"kty": "EC", "crv": "P-384", "kid": "e"}]}, "key 1 is not a valid EC key"),
    "no curve": ({"keys": [{"kty": "EC", "kid": "e"}]}, "key 1 is not a valid EC key"),
    "not on the curve": ({"keys": [jwk(EC, "e") | {"y": jwk(OTHER, "e")["y"]}]}, "key 1 is not a valid EC"),
    "no modulus": ({"keys": [jwk(EC, "e"), {"kty": "RSA", "kid": "r"}]}, "key 2 is not a valid RSA key"),
    "a number as its modulus": ({"keys": [jwk(RSA, "r") | {"n": 5}]}, "key 1 is not a valid RSA key"),
    "too short": ({"keys": [jwk(SHORT_RSA, "r")]}, "key 1 has fewer than 2048 bits"),
    "symmetric keys alone": ({"keys": [{"kty": "oct", "kid": "o", "k": "c2VjcmV0"}]}, "none of the keys"),
}


@pytest.mark.parametrize(("document", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_key_set_is_rejected_at_start_and_ignored_later(
    tmp_path: Path, document: object, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        read_keys(document)
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=reason):
        settings(jwt_issuers={ISSUER: str(file)})
    file.write_text(json.dumps(KEYS))
    tokens = TokenVerifier(settings(jwt_issuers={ISSUER: str(file)}))
    file.write_text(json.dumps(document))
    tokens.verify(token(), PATH)
    file.unlink()
    tokens.verify(token(), PATH)


def test_keys_for_other_purposes_are_left_out() -> None:
    other = jwk(ec.generate_private_key(ec.SECP256R1()), "p256")
    keys = read_keys({"keys": [*KEYS["keys"], other, jwk(RSA, "enc") | {"use": "enc"}]})
    assert set(keys) == {"e", "r"}


def test_a_token_over_http(make_client: Callable[..., TestClient]) -> None:
    client = make_client(jwt_issuers={ISSUER: KEYS}, public_url=BASE)

    def status(path: str, given: str) -> int:
        return client.get(path, headers={"Authorization": f"Bearer {given}"}).status_code

    assert status("/v1/rulebook", token(aud=BASE)) == 200
    assert status("/v1/rulebook", token()) == 401
    assert status("/metrics", token(aud=BASE)) == 403
    assert client.get("/v1/rulebook").status_code == 401
