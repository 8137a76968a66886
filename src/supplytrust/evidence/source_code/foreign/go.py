"""Go: names of the standard library and of x/crypto."""

from __future__ import annotations

import re

from supplytrust.evidence.source_code.foreign import Pattern, Sign
from supplytrust.model.claims.code import Ability

LANGUAGES = frozenset({"go"})
COMMENTS_AND_STRINGS = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\[^\n]{1,9}?)'|`[^`]*+`?", re.DOTALL
)
PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"\b(?:md5|sha1|md4|ripemd160)\.(?:New|Sum)\s*\("), needs=("md5.", "sha1.", "md4.", "ripemd160.")),
    Pattern("weak-digest", "fit", re.compile(r"\b(?:sha256|sha512|sha3|blake2b)\.(?:New|Sum)\w*\s*\("), needs=("sha256.", "sha512.", "sha3.", "blake2b.")),
    Pattern("weak-cipher", "low", re.compile(r"\b(?:rc4|des|blowfish|cast5|tea)\.New\w*Cipher\s*\("), needs=("rc4.", "des.", "blowfish.", "cast5.", "tea.")),
    Pattern("weak-cipher", "fit", re.compile(r"\b(?:cipher\.NewGCM|chacha20poly1305\.New)\s*\("), needs=("cipher.", "chacha20poly1305.")),
    Pattern("short-key", "low", re.compile(r"\brsa\.GenerateKey\s*\([^,;]{0,100},\s*(?:512|768|1024)\s*\)"), needs=("rsa.",)),
    Pattern("variable-time-compare", "low", re.compile(r"\bbytes\.Equal\s*\([^;{}]{0,60}?\b\w{0,30}(?:mac|hmac|signature|token)\w{0,30}\s*[,)]", re.I), needs=("bytes.Equal",)),
    Pattern("variable-time-compare", "fit", re.compile(r"\bhmac\.Equal\s*\(|\bsubtle\.ConstantTimeCompare\s*\("), needs=("hmac.", "subtle.")),
    Pattern("predictable-secret", "low", re.compile(r"\b\w{0,30}(?:token|secret|password|nonce|key)\w{0,30}\s*:?=[^=;\n]{0,60}?\brand\.(?:Int\w*|Uint\w*|Float\w*|Perm)\s*\(", re.I), needs=("rand.",)),
    Pattern("peer-unverified", "low", re.compile(r"\bInsecureSkipVerify\s*:\s*true\b|\bssh\.InsecureIgnoreHostKey\s*\("), needs=("Insecure",)),
    Pattern("raw-memory", "low", re.compile(r"\bunsafe\.(?:Pointer|Slice|String)\b"), once=True, needs=("unsafe.",)),
)  # fmt: skip
ABILITIES = (
    Sign(
        Ability.CRYPTOGRAPHY,
        re.compile(r"\b(?:hmac|aes|rsa|ecdsa|ed25519|sha256|tls)\.(?:New|Sign|Generate|Sum|Config)\w*"),
        ("hmac.", "aes.", "rsa.", "ecdsa.", "ed25519.", "sha256.", "tls."),
    ),
    Sign(
        Ability.NETWORK,
        re.compile(r"\b(?:http|net)\.(?:Get|Dial|Listen|Client|NewRequest)\w*"),
        ("http.", "net."),
    ),
    Sign(Ability.EXECUTION, re.compile(r"\bexec\.Command\w*\s*\("), ("exec.",)),
)
