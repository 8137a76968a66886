"""JavaScript and TypeScript: Node's `crypto` and `https`. Strings of regular expressions are not told from division."""

from __future__ import annotations

import re

from supplytrust.evidence.source_code.foreign import Pattern, Sign
from supplytrust.model.claims.code import Ability

LANGUAGES = frozenset({"javascript", "typescript"})
COMMENTS_AND_STRINGS = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|`(?:[^`\\]|\\.)*+`?", re.DOTALL
)
_NAMED = "token|secret|password|nonce|sessionid|apikey"
_DRAWN = r"\w{0,30}\s*[=:](?!=)[^;,\n]{0,80}?\bMath\.random\s*\("
_RANDOM = re.compile(
    r"[tTsS\u017fpPnNaA](?i:(?<=t)oken|(?<=s)ecret|(?<=p)assword|(?<=n)once|(?<=s)essionid|(?<=a)pikey)"
    rf"(?i:{_DRAWN})"
)
PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"\bcreateHash\s*\("), re.compile(r"""\s*["'`](?:md[245]|sha-?1|ripemd160)["'`]""", re.I), needs=("createHash",)),
    Pattern("weak-digest", "fit", re.compile(r"\bcreateHash\s*\("), re.compile(r"""\s*["'`](?:sha-?(?:256|384|512)|blake)""", re.I), needs=("createHash",)),
    Pattern("ecb-mode", "low", re.compile(r"\bcreateCipher(?:iv)?\s*\("), re.compile(r"""\s*["'`][\w-]*-ecb["'`]""", re.I), needs=("createCipher",)),
    Pattern("weak-cipher", "low", re.compile(r"\bcreateCipher(?:iv)?\s*\("), re.compile(r"""\s*["'`](?:des|rc[24]|bf|cast5)\b""", re.I), needs=("createCipher",)),
    Pattern("weak-cipher", "fit", re.compile(r"\bcreateCipheriv\s*\("), re.compile(r"""\s*["'`](?:aes-\d+-gcm|chacha20)""", re.I), needs=("createCipher",)),
    Pattern("short-key", "low", re.compile(r"\bmodulusLength\s*:\s*(?:512|768|1024)\b"), needs=("modulusLength",)),
    Pattern("short-key", "fit", re.compile(r"\bmodulusLength\s*:\s*(?:2048|3072|4096)\b"), needs=("modulusLength",)),
    Pattern("variable-time-compare", "low", re.compile(r"\bcreateHmac\s*\([^;{}]{0,120}?\.digest\s*\([^)]{0,20}\)\s*[!=]==?"), needs=("createHmac",)),
    Pattern("variable-time-compare", "fit", re.compile(r"\btimingSafeEqual\s*\("), needs=("timingSafeEqual",)),
    Pattern("predictable-secret", "low", re.compile(rf"\b\w{{0,30}}(?:{_NAMED}){_DRAWN}", re.I), needs=("Math.random",), holds=_RANDOM),
    Pattern("predictable-secret", "fit", re.compile(r"\brandomBytes\s*\(|\bgetRandomValues\s*\(|\brandomUUID\s*\("), needs=("randomBytes", "getRandomValues", "randomUUID")),
    Pattern("peer-unverified", "low", re.compile(r"\brejectUnauthorized\s*[:=]\s*(?:false\b|!1)|\bNODE_TLS_REJECT_UNAUTHORIZED\s*="), needs=("rejectUnauthorized", "NODE_TLS")),
    Pattern("code-in-data", "low", re.compile(r"\bunserialize\s*\("), needs=("unserialize",)),
)  # fmt: skip
ABILITIES = (
    Sign(
        Ability.CRYPTOGRAPHY,
        re.compile(r"\bcreate(?:Hash|Hmac|Cipheriv|Sign|Verify)\s*\(|\bcrypto\.subtle\b"),
        ("createHash", "createHmac", "createCipher", "createSign", "createVerify", "crypto.subtle"),
    ),
    Sign(
        Ability.NETWORK,
        re.compile(r"fetch(?<!\wfetch)\s*\(|XMLHttpRequest(?<!\wXMLHttpRequest)\b|WebSocket(?<!\wWebSocket)\s*\("),
        ("fetch", "XMLHttpRequest", "WebSocket"),
    ),
    Sign(
        Ability.EXECUTION,
        re.compile(r"\b(?:execSync|spawnSync|execFile)\s*\("),
        ("execSync", "spawnSync", "execFile"),
    ),
    Sign(Ability.EXECUTION, re.compile(r"new(?<!\wnew)\s+Function\s*\("), ("Function",)),
)
