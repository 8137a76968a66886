"""Rust: names of the usual crates, `unsafe`."""

from __future__ import annotations

import re

from supplytrust.evidence.source_code.foreign import Pattern, Sign
from supplytrust.model.claims.code import Ability

LANGUAGES = frozenset({"rust"})
COMMENTS_AND_STRINGS = re.compile(  # the first letter by itself: the engine then looks for it alone
    r"[/br\"'](?:(?<=/)/[^\n]*|(?<=/)\*.*?(?:\*/|\Z)"
    r"|(?:(?<=b)r|(?<=r))(#{1,8})\".*?(?:\"\1|\Z)|(?:(?<=b)r|(?<=r))\"[^\"]*+\"?"
    r"|(?:(?<=b)\"|(?<=\"))(?:[^\"\\]|\\.)*+\"?"
    r"|(?:(?<=b)'|(?<='))(?:[^'\\\n]|\\[^\n]{1,9}?)')",
    re.DOTALL,
)
PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"\b(?:Md[245]|Sha1|Ripemd160)::(?:new|digest)\b|\bmd5::compute\s*\(|\bMessageDigest::(?:md5|sha1)\s*\("), needs=("Md2", "Md4", "Md5", "Sha1", "Ripemd160", "md5::", "MessageDigest")),
    Pattern("weak-digest", "fit", re.compile(r"\b(?:Sha(?:256|384|512)|Blake2\w*|blake3)::(?:new|digest|hash)\b"), needs=("Sha256", "Sha384", "Sha512", "Blake2", "blake3")),
    Pattern("weak-cipher", "low", re.compile(r"\bCipher::(?:des|rc4|bf|cast5|seed)\w*\s*\(|\b(?:Rc4|TdesEde3|Blowfish)::new\b"), needs=("Cipher::", "Rc4::", "TdesEde3", "Blowfish")),
    Pattern("ecb-mode", "low", re.compile(r"\bCipher::aes_\d+_ecb\s*\("), needs=("Cipher::",)),
    Pattern("short-key", "low", re.compile(r"\bRsa(?:PrivateKey)?::(?:generate|new)\s*\([^;{}]{0,60}?\b(?:512|768|1024)\b"), needs=("Rsa",)),
    Pattern("peer-unverified", "low", re.compile(r"\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true\b"), needs=("danger_",)),
    Pattern("peer-unverified", "low", re.compile(r"\bset_verify\s*\(\s*SslVerifyMode::NONE\b"), needs=("set_verify",)),
    Pattern("variable-time-compare", "fit", re.compile(r"\bct_eq\s*\(|\bconstant_time_eq\s*\(|\bmemcmp::eq\s*\("), needs=("ct_eq", "constant_time_eq", "memcmp::")),
    Pattern("predictable-secret", "fit", re.compile(r"\bOsRng\b|\bgetrandom\s*\(|\bSystemRandom::new\b"), needs=("OsRng", "getrandom", "SystemRandom")),
    Pattern("raw-memory", "low", re.compile(r"\bunsafe\s*(?:\{|fn\b|impl\b|extern\b)"), once=True, needs=("unsafe",)),
)  # fmt: skip
ABILITIES = (
    Sign(Ability.NATIVE),
    Sign(
        Ability.CRYPTOGRAPHY,
        re.compile(r"use(?<!\wuse)\s+(?:ring|openssl|aes|sha[12]|md5|hmac|rsa|ed25519\w*|p256|rustls|chacha20\w*)\b"),
        ("ring", "openssl", "aes", "sha1", "sha2", "md5", "hmac", "rsa", "ed25519", "p256", "rustls", "chacha20"),
    ),
    Sign(
        Ability.NETWORK,
        re.compile(r"use(?<!\wuse)\s+(?:reqwest|hyper|tokio::net|std::net)\b"),
        ("reqwest", "hyper", "tokio::net", "std::net"),
    ),
    Sign(Ability.EXECUTION, re.compile(r"\bCommand::new\s*\("), ("Command::new",)),
    Sign(
        Ability.ISOLATION,
        re.compile(r"use(?<!\wuse)\s+(?:wasmtime|wasmer|sgx_\w+|seccompiler)\b"),
        ("wasmtime", "wasmer", "sgx_", "seccompiler"),
    ),
)
