"""Which Python is worth parsing: text that names nothing any rule or ability asks for is left alone."""

from __future__ import annotations

import re

from supplytrust.code.abilities import MODULES

_IMPORTS = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:[\w. \t]+,)*[ \t]*(?:{})\b".format(
        "|".join(sorted({name.partition(".")[0] for name in MODULES}))
    ).encode(),
    re.MULTILINE,
)
_USES = re.compile(
    rb"\b(?:eval|exec|compile|system|popen|frombuffer|from_bytes|create_subprocess_\w+)\s*\("
    rb"|verify\s*=\s*False|CERT_NONE|MODE_ECB|allow_pickle|weights_only|torch\.load|StrictHostKey|uuid1"
    rb"|tokens?\b|nonce|salt\b|(?:api|private|session)_?key|session_?id|passw|secret|signature|csrf|hmac|compare_digest|otp\b|urandom",
    re.IGNORECASE,
)


def worth_parsing(text: bytes) -> bool:
    """Whether any word in it could concern a rule."""
    return _USES.search(text) is not None or _IMPORTS.search(text) is not None
