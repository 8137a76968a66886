"""Rust: names of the usual crates, `unsafe`."""

from __future__ import annotations

import re

from supplytrust.code.foreign import Pattern
from supplytrust.model.claims.code import Ability

LANGUAGES = frozenset({"rust"})
COMMENTS_AND_STRINGS = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|b?r(#{1,8})\".*?(?:\"\1|\Z)|b?r\"[^\"]*+\"?|b?\"(?:[^\"\\]|\\.)*+\"?"
    r"|b?'(?:[^'\\\n]|\\[^\n]{1,9}?)'",
    re.DOTALL,
)
PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"\b(?:Md[245]|Sha1|Ripemd160)::(?:new|digest)\b|\bmd5::compute\s*\(|\bMessageDigest::(?:md5|sha1)\s*\("), needs=("Md", "Sha1", "Ripemd", "md5")),
    Pattern("weak-digest", "fit", re.compile(r"\b(?:Sha(?:256|384|512)|Blake2\w*|blake3)::(?:new|digest|hash)\b")),
    Pattern("weak-cipher", "low", re.compile(r"\bCipher::(?:des|rc4|bf|cast5|seed)\w*\s*\(|\b(?:Rc4|TdesEde3|Blowfish)::new\b"), needs=("Cipher", "Rc4", "Tdes", "Blowfish")),
    Pattern("ecb-mode", "low", re.compile(r"\bCipher::aes_\d+_ecb\s*\("), needs=("Cipher",)),
    Pattern("short-key", "low", re.compile(r"\bRsa(?:PrivateKey)?::(?:generate|new)\s*\([^;{}]{0,60}?\b(?:512|768|1024)\b"), needs=("Rsa",)),
    Pattern("peer-unverified", "low", re.compile(r"\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true\b"), needs=("danger_",)),
    Pattern("peer-unverified", "low", re.compile(r"\bset_verify\s*\(\s*SslVerifyMode::NONE\b"), needs=("set_verify",)),
    Pattern("variable-time-compare", "fit", re.compile(r"\bct_eq\s*\(|\bconstant_time_eq\s*\(|\bmemcmp::eq\s*\(")),
    Pattern("predictable-secret", "fit", re.compile(r"\bOsRng\b|\bgetrandom\s*\(|\bSystemRandom::new\b")),
    Pattern("raw-memory", "low", re.compile(r"\bunsafe\s*(?:\{|fn\b|impl\b|extern\b)"), once=True, needs=("unsafe",)),
)  # fmt: skip
ABILITIES = (
    (Ability.NATIVE, re.compile(r"\A")),
    (Ability.CRYPTOGRAPHY, re.compile(r"\buse\s+(?:ring|openssl|aes|sha[12]|md5|hmac|rsa|ed25519\w*|p256|rustls|chacha20\w*)\b")),
    (Ability.NETWORK, re.compile(r"\buse\s+(?:reqwest|hyper|tokio::net|std::net)\b")),
    (Ability.EXECUTION, re.compile(r"\bCommand::new\s*\(")),
    (Ability.ISOLATION, re.compile(r"\buse\s+(?:wasmtime|wasmer|sgx_\w+|seccompiler)\b")),
)  # fmt: skip
