"""Which Python is worth parsing: text that names nothing any rule or ability asks for is left alone."""

from __future__ import annotations

import re

from supplytrust.evidence.source_code.abilities import MODULES

_IMPORTS = re.compile(
    # every part ends where the next one begins: hostile blanks are passed over once
    r"\n[ \t]*+(?:import|from)[ \t]++(?:[\w. \t]*+,)*[ \t]*+(?:{})\b".format(
        "|".join(sorted({name.partition(".")[0] for name in MODULES}))
    ).encode()
)
_WORDS = (
    b"token", b"secret", b"passw", b"signature", b"hmac", b"nonce", b"salt", b"csrf", b"otp", b"urandom",
    b"compare_digest", b"api_key", b"apikey", b"private_key", b"session_key", b"session_id", b"sessionid",
    b"eval(", b"exec(", b"eval (", b"exec (", b"system(", b"popen(", b"frombuffer", b"from_bytes",
    b"create_subprocess_", b"cert_none", b"mode_ecb", b"allow_pickle", b"weights_only", b"torch.load",
    b"stricthostkey", b"uuid1", b"verify",
)  # fmt: skip


def may_match(text: bytes) -> bool:
    """Whether any word in it could concern a rule."""
    lower = text.lower()
    return any(word in lower for word in _WORDS) or _IMPORTS.search(b"\n" + text) is not None
