"""Ed25519 keys in PEM files: the private key signs checkpoints, the public key verifies them."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from cds_api.decisions import LedgerError


class SigningKey:
    """The private key of a ledger."""

    def __init__(self, path: Path) -> None:
        """Read the key from a PEM file.

        Raises:
            LedgerError: if the file has no Ed25519 private key without a password.
        """
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise LedgerError(f"{path}: expected a private key as PEM, without a password: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise LedgerError(f"{path}: expected an Ed25519 key")
        self._key = key
        self.public_key = _encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, data: bytes) -> str:
        """Return the signature of ``data``, in base64."""
        return _encode(self._key.sign(data))


def read_public_key(path: Path) -> str:
    """Return the public key in a PEM file, which may also hold the private key, in base64.

    Raises:
        LedgerError: if the file has no Ed25519 key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        return SigningKey(path).public_key
    if not isinstance(key, Ed25519PublicKey):
        raise LedgerError(f"{path}: expected an Ed25519 key")
    return _encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    """Return whether ``signature`` is the signature of ``data`` with this key; both are base64."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), data)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
