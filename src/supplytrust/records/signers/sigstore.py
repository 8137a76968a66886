"""Keyless signing through sigstore: an identity instead of a key, a public log instead of a key file. Online.

`sigstore:TRUST_CONFIG.json` or `sigstore:TRUST_CONFIG.json#TOKEN`: the file names the services and the trust root
(sigstore's ClientTrustConfig), pinned by whoever wrote it; nothing is taken from a cache. TOKEN is a file with
an OIDC identity token; without it the environment's own (a CI job's) is used. The result is a bundle
(v0.3) whose envelope holds exactly our payload.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from supplytrust.errors import UnreachableError, UsageError, VerificationError
from supplytrust.formats.json_reader import Limits, read_object

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken

SCHEMES = ("sigstore",)
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def seal(uri: str, payload: bytes, payload_type: str) -> bytes:
    """A sigstore bundle around an in-toto statement.

    Raises UsageError for the configuration and identity, UnreachableError when a service did not help.
    """
    if payload_type != PAYLOAD_TYPE:
        raise UsageError(f"sigstore signs {PAYLOAD_TYPE} only")
    config_file, _, token_file = uri.partition(":")[2].partition("#")
    config, token = _config(Path(config_file)), _token(token_file)
    from sigstore.dsse import Statement
    from sigstore.sign import SigningContext

    try:
        with SigningContext.from_trust_config(config).signer(token) as signer:
            bundle = signer.sign_dsse(Statement(payload)).to_json().encode("utf-8")
    except Exception as error:  # network, log, certificate authority: each its own kind
        raise UnreachableError(f"signing through sigstore failed: {type(error).__name__}: {error}") from error
    _check(bundle, payload)
    return bundle


def _config(path: Path) -> ClientTrustConfig:
    from sigstore.models import ClientTrustConfig

    try:
        return ClientTrustConfig.from_json(path.read_text("utf-8"))
    except Exception as error:
        hint = "sigstore:FILE, where FILE is a sigstore client trust configuration"
        raise UsageError(f"{path} is no trust configuration: {type(error).__name__}", hint=hint) from error


def _token(file: str) -> IdentityToken:
    from sigstore.oidc import IdentityToken, detect_credential

    try:
        text = Path(file).read_text("ascii").strip() if file else detect_credential()
        if text:
            return IdentityToken(text)
    except Exception as error:
        raise UsageError(f"the identity token cannot be used: {type(error).__name__}: {error}") from error
    raise UsageError("no identity token in this environment", hint="sigstore:CONFIG#TOKEN_FILE")


def _check(bundle: bytes, payload: bytes) -> None:
    """What came back must hold what was sent, byte for byte."""
    envelope = read_object(bundle, Limits(floats=True)).get("dsseEnvelope")
    sealed = envelope.get("payload") if isinstance(envelope, dict) else None
    if sealed != base64.b64encode(payload).decode("ascii"):
        raise VerificationError("the bundle holds another payload than the record", reason="signature")
