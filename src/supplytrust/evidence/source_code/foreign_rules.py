"""Rules for other languages by pattern, over text whose comments and strings are blanked out: a `Group` a language.

Nothing is resolved: an own function of the same name, a macro or an alias is taken for what it is called.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from supplytrust.evidence.source_code.rules import Hit
from supplytrust.model.claims.code import Ability


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for. `argument`: what the text must go on with where the match ends (strings are seen there).

    `needs`: code without one of these words is not searched; ASCII without blanks, so that a file whose bytes hold none
    of them need not even be decoded. `holds`: a cheaper pattern that every match holds a match of. `once`: one
    finding a file, with the number of places. Severity `fit`: a use that is as it should be.
    """

    rule: str
    severity: str
    code: re.Pattern[str]
    argument: re.Pattern[str] | None = None
    once: bool = False
    needs: tuple[str, ...] = field(kw_only=True)
    holds: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """Code that tells an ability; every match holds one of the words `needs`. Without a pattern the language tells it."""

    ability: Ability
    code: re.Pattern[str] | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Languages that are read alike: what is blanked, what is found, and what their code can do."""

    languages: frozenset[str]
    comments_and_strings: re.Pattern[str]
    patterns: tuple[Pattern, ...]
    abilities: tuple[Sign, ...]


# C and its relatives: OpenSSL's names, unbounded copies, `memcmp` of MACs.

_C_TEXT = re.compile(r'//(?:[^\n\\]|\\.)*+|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?', re.DOTALL)
_HIDDEN = r"\w{0,30}(?:mac|hmac|signature|password|passwd|token|secret)\w{0,30}"
# a name first and what may not stand before it after: so the regular expression engine looks for first letters alone
_NOT_LITERAL = re.compile(r"(?!\s*\")")
_C_PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"(?<![\w>.])(?:EVP_(?:md[245]|sha1|ripemd160)|(?:MD[245]|SHA1)(?:_Init)?)\s*\("), needs=("EVP_", "MD2", "MD4", "MD5", "SHA1")),
    Pattern("weak-digest", "low", re.compile(r"(?<!\w)EVP_(?:get_digestbyname|MD_fetch)\s*\((?:[^,()]{0,40},)?"), re.compile(r'\s*"(?:md[245]|sha-?1|ripemd160)"', re.I), needs=("EVP_",)),
    Pattern("weak-digest", "fit", re.compile(r"(?<![\w>.])(?:EVP_sha(?:256|384|512)|SHA(?:256|384|512)(?:_Init)?)\s*\("), needs=("EVP_sha", "SHA256", "SHA384", "SHA512")),
    Pattern("weak-cipher", "low", re.compile(r"(?<!\w)EVP_(?:des|rc2|rc4|bf|cast5|idea|seed)(?:_\w+)?\s*\("), needs=("EVP_",)),
    Pattern("weak-cipher", "low", re.compile(r"(?<!\w)(?:RC4|DES_(?:ecb|ncbc|ede3_cbc)_encrypt|BF_\w+_encrypt)\s*\("), needs=("RC4", "DES_", "BF_")),
    Pattern("ecb-mode", "low", re.compile(r"(?<!\w)EVP_aes_\d+_ecb\s*\("), needs=("EVP_",)),
    Pattern("weak-cipher", "fit", re.compile(r"(?<!\w)EVP_(?:aes_\d+_(?:gcm|ccm|cbc|ctr)|chacha20_poly1305)\s*\("), needs=("EVP_",)),
    Pattern("short-key", "low", re.compile(r"(?<!\w)RSA_generate_key(?:_ex)?\s*\(\s*(?:\w+\s*,\s*)?(?:512|768|1024)\b"), needs=("RSA_generate",)),
    Pattern("short-key", "low", re.compile(r"(?<!\w)EVP_PKEY_CTX_set_rsa_keygen_bits\s*\([^,;]{0,100},\s*(?:512|768|1024)\b"), needs=("EVP_PKEY",)),
    Pattern("variable-time-compare", "low", re.compile(rf"[mMsS\u017f](?:(?<=[mM])(?i:emcmp)|(?<![mM])(?i:trcmp))(?<!\w.{{6}})\s*\([^;{{}}]{{0,60}}?\b(?i:{_HIDDEN})\s*[,)]"), needs=("memcmp", "strcmp")),
    Pattern("variable-time-compare", "fit", re.compile(r"(?<!\w)(?:CRYPTO_memcmp|timingsafe_bcmp|sodium_memcmp)\s*\("), needs=("CRYPTO_memcmp", "timingsafe_bcmp", "sodium_memcmp")),
    Pattern("predictable-secret", "low", re.compile(r"\b\w{0,30}(?:key|secret|token|nonce|password)\w{0,30}\s*(?:\[[^\]\n]{0,60}\])?\s*=[^=;\n]{0,100}?(?<!\w)s?rand(?:om)?\s*\(", re.I), needs=("rand",), holds=re.compile(r"[rR](?i:and(?:om)?)\s*\(")),
    Pattern("predictable-secret", "fit", re.compile(r"(?<!\w)(?:RAND_bytes|getrandom|arc4random(?:_buf)?|BCryptGenRandom)\s*\("), needs=("RAND_bytes", "getrandom", "arc4random", "BCryptGenRandom")),
    Pattern("peer-unverified", "low", re.compile(r"\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:0L?|false|FALSE)\b"), needs=("CURLOPT_SSL",)),
    Pattern("peer-unverified", "info", re.compile(r"(?<!\w)SSL_(?:CTX_)?set_verify\s*\([^,;]{0,100},\s*SSL_VERIFY_NONE\b"), needs=("SSL_VERIFY_NONE",)),
    Pattern("unbounded-copy", "high", re.compile(r"gets(?<![\w>.:]gets)\s*\(\s*[\w\->.\[\]&]{1,60}\s*\)\s*[;),!=]"), needs=("gets",)),
    Pattern("unbounded-copy", "low", re.compile(r"(?:strcpy|strcat|wcscpy|wcscat|stpcpy)(?<![\w>.].{6})\s*\(\s*[^,;(){}]{1,200},"), _NOT_LITERAL, needs=("strcpy", "strcat", "wcscpy", "wcscat", "stpcpy")),
    Pattern("unbounded-copy", "low", re.compile(r"(?<![\w>.])v?sprintf\s*\(\s*[^,;{}]{1,200},"), re.compile(r'\s*"(?:[^"\\\n%]|\\.|%%|%[-+ #0\d.]*(?:l|h|z|j)*[diouxXcfgGeEp])*%[-0-9]*s'), needs=("sprintf",)),
    Pattern("unbounded-copy", "low", re.compile(r"(?<![\w>.])f?scanf\s*\((?:\s*[\w>.\-]{1,60}\s*,)?"), re.compile(r'\s*"[^"\n]*%s'), needs=("scanf",)),
    Pattern("unbounded-copy", "low", re.compile(r"(?<![\w>.])sscanf\s*\(\s*[^,;{}]{1,200},"), re.compile(r'\s*"[^"\n]*%s'), needs=("sscanf",)),
)  # fmt: skip
_C_ABILITIES = (
    Sign(Ability.NATIVE),
    Sign(
        Ability.CRYPTOGRAPHY,
        re.compile(r"(?<!\w)(?:EVP_|HMAC_|RSA_|AES_|sodium_|crypto_|mbedtls_)\w+\s*\("),
        ("EVP_", "HMAC_", "RSA_", "AES_", "sodium_", "crypto_", "mbedtls_"),
    ),
    Sign(
        Ability.NETWORK,
        re.compile(
            r"(?:socket(?<![\w>.]socket)|connect(?<![\w>.]connect)|getaddrinfo(?<![\w>.]getaddrinfo)"
            r"|WSASocket(?<![\w>.]WSASocket)\w*)\s*\(|curl_easy_init(?<!\wcurl_easy_init)\b"
        ),
        ("socket", "connect", "getaddrinfo", "WSASocket", "curl_easy_init"),
    ),
    Sign(
        Ability.EXECUTION,
        re.compile(r"(?<![\w>.])(?:exec[lv]p?e?|popen|posix_spawn)\s*\("),
        ("execl", "execv", "popen", "posix_spawn"),
    ),
)
C = Group(frozenset({"c", "c++", "objective-c", "cuda"}), _C_TEXT, _C_PATTERNS, _C_ABILITIES)


# Go: names of the standard library and of x/crypto.

_GO_TEXT = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\[^\n]{1,9}?)'|`[^`]*+`?", re.DOTALL
)
_GO_PATTERNS = (
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
_GO_ABILITIES = (
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
GO = Group(frozenset({"go"}), _GO_TEXT, _GO_PATTERNS, _GO_ABILITIES)


# JavaScript and TypeScript: Node's `crypto` and `https`. Strings of regular expressions are not told from division.

_JAVASCRIPT_TEXT = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|`(?:[^`\\]|\\.)*+`?", re.DOTALL
)
NAMES_OF_DRAWN = "token|secret|password|nonce|sessionid|apikey"
_DRAWN = r"\w{0,30}\s*[=:](?!=)[^;,\n]{0,80}?\bMath\.random\s*\("
_RANDOM = re.compile(
    r"[tTsS\u017fpPnNaA](?i:(?<=t)oken|(?<=s)ecret|(?<=p)assword|(?<=n)once|(?<=s)essionid|(?<=a)pikey)"
    rf"(?i:{_DRAWN})"
)
_JAVASCRIPT_PATTERNS = (
    Pattern("weak-digest", "low", re.compile(r"\bcreateHash\s*\("), re.compile(r"""\s*["'`](?:md[245]|sha-?1|ripemd160)["'`]""", re.I), needs=("createHash",)),
    Pattern("weak-digest", "fit", re.compile(r"\bcreateHash\s*\("), re.compile(r"""\s*["'`](?:sha-?(?:256|384|512)|blake)""", re.I), needs=("createHash",)),
    Pattern("ecb-mode", "low", re.compile(r"\bcreateCipher(?:iv)?\s*\("), re.compile(r"""\s*["'`][\w-]*-ecb["'`]""", re.I), needs=("createCipher",)),
    Pattern("weak-cipher", "low", re.compile(r"\bcreateCipher(?:iv)?\s*\("), re.compile(r"""\s*["'`](?:des|rc[24]|bf|cast5)\b""", re.I), needs=("createCipher",)),
    Pattern("weak-cipher", "fit", re.compile(r"\bcreateCipheriv\s*\("), re.compile(r"""\s*["'`](?:aes-\d+-gcm|chacha20)""", re.I), needs=("createCipher",)),
    Pattern("short-key", "low", re.compile(r"\bmodulusLength\s*:\s*(?:512|768|1024)\b"), needs=("modulusLength",)),
    Pattern("short-key", "fit", re.compile(r"\bmodulusLength\s*:\s*(?:2048|3072|4096)\b"), needs=("modulusLength",)),
    Pattern("variable-time-compare", "low", re.compile(r"\bcreateHmac\s*\([^;{}]{0,120}?\.digest\s*\([^)]{0,20}\)\s*[!=]==?"), needs=("createHmac",)),
    Pattern("variable-time-compare", "fit", re.compile(r"\btimingSafeEqual\s*\("), needs=("timingSafeEqual",)),
    Pattern("predictable-secret", "low", re.compile(rf"\b\w{{0,30}}(?:{NAMES_OF_DRAWN}){_DRAWN}", re.I), needs=("Math.random",), holds=_RANDOM),
    Pattern("predictable-secret", "fit", re.compile(r"\brandomBytes\s*\(|\bgetRandomValues\s*\(|\brandomUUID\s*\("), needs=("randomBytes", "getRandomValues", "randomUUID")),
    Pattern("peer-unverified", "low", re.compile(r"\brejectUnauthorized\s*[:=]\s*(?:false\b|!1)|\bNODE_TLS_REJECT_UNAUTHORIZED\s*="), needs=("rejectUnauthorized", "NODE_TLS")),
    Pattern("code-in-data", "low", re.compile(r"\bunserialize\s*\("), needs=("unserialize",)),
)  # fmt: skip
_JAVASCRIPT_ABILITIES = (
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
JAVASCRIPT = Group(
    frozenset({"javascript", "typescript"}), _JAVASCRIPT_TEXT, _JAVASCRIPT_PATTERNS, _JAVASCRIPT_ABILITIES
)


# Rust: names of the usual crates, `unsafe`.

_RUST_TEXT = re.compile(  # the first letter by itself: the engine then looks for it alone
    r"[/br\"'](?:(?<=/)/[^\n]*|(?<=/)\*.*?(?:\*/|\Z)"
    r"|(?:(?<=b)r|(?<=r))(#{1,8})\".*?(?:\"\1|\Z)|(?:(?<=b)r|(?<=r))\"[^\"]*+\"?"
    r"|(?:(?<=b)\"|(?<=\"))(?:[^\"\\]|\\.)*+\"?"
    r"|(?:(?<=b)'|(?<='))(?:[^'\\\n]|\\[^\n]{1,9}?)')",
    re.DOTALL,
)
_RUST_PATTERNS = (
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
_RUST_ABILITIES = (
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
RUST = Group(frozenset({"rust"}), _RUST_TEXT, _RUST_PATTERNS, _RUST_ABILITIES)


GROUPS = (C, GO, JAVASCRIPT, RUST)
BY_LANGUAGE = MappingProxyType({language: group for group in GROUPS for language in group.languages})


# --- One file of another language than Python, read by the patterns of its group.

MOST_A_FILE = 200  # places a pattern


@dataclass(frozen=True, slots=True)
class FileMatches:
    """Hits and abilities of one file, each with its line (from 1); abilities with the words that tell them."""

    hits: tuple[tuple[int, Hit], ...] = ()
    abilities: tuple[tuple[Ability, int, str], ...] = ()


def look(group: Group, data: bytes, *, abilities: bool) -> FileMatches:
    """What a file's bytes show; bytes that are no UTF-8 are read as replacement characters."""
    held = {word for word, raw in _words(group.patterns, group.abilities) if raw in data}
    patterns = [p for p in group.patterns if not held.isdisjoint(p.needs)]
    signs = [s for s in group.abilities if abilities and (s.code is None or not held.isdisjoint(s.needs))]
    told = tuple((s.ability, 1, "") for s in signs if s.code is None)
    if not patterns and len(told) == len(signs):
        return FileMatches((), told)
    text = _Text(data.decode("utf-8", "replace"), group.comments_and_strings)
    hits = tuple((text.line(offset), hit) for offset, hit in _matches(patterns, text.raw, text.code))
    return FileMatches(hits, (*told, *_first_places(signs, text)))


@dataclass(slots=True)
class _Text:
    """A decoded file: as it is, with comments and strings blanked, and the lines of its offsets."""

    raw: str
    away: re.Pattern[str]
    code: str = field(init=False)
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.code = blank_out(self.raw, self.away)

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        if not self._starts:
            self._starts = [0, *(m.end() for m in re.finditer("\n", self.raw))]
        return bisect.bisect_right(self._starts, offset)


@functools.cache
def _words(patterns: tuple[Pattern, ...], signs: tuple[Sign, ...]) -> tuple[tuple[str, bytes], ...]:
    """Every word that a rule or an ability needs, and its bytes."""
    needs = [*(p.needs for p in patterns), *(s.needs for s in signs)]
    return tuple((word, word.encode()) for word in sorted({word for words in needs for word in words}))


def _first_places(signs: Iterable[Sign], text: _Text) -> Iterator[tuple[Ability, int, str]]:
    """The first place in the text for each ability."""
    first: dict[Ability, re.Match[str]] = {}
    for sign in signs:
        seen = sign.code.search(text.code) if sign.code is not None and _holds(text.code, sign.needs) else None
        if seen is not None and (sign.ability not in first or seen.start() < first[sign.ability].start()):
            first[sign.ability] = seen
    for ability, seen in first.items():
        yield ability, text.line(seen.start()), " ".join(seen.group().split())[:40]


def _holds(code: str, words: tuple[str, ...]) -> bool:
    return any(word in code for word in words)


def _matches(patterns: Iterable[Pattern], text: str, code: str) -> Iterator[tuple[int, Hit]]:
    """Offsets and hits of patterns, bounded a pattern."""
    for pattern in patterns:
        if not _holds(code, pattern.needs) or (pattern.holds and not pattern.holds.search(code)):
            continue
        found = list(itertools.islice(_places(pattern, text, code), MOST_A_FILE))
        if found and pattern.once:
            count = f"{len(found)} places" if len(found) < MOST_A_FILE else f"{MOST_A_FILE} or more places"
            yield found[0][0], Hit(pattern.rule, pattern.severity, f"{count}, first: {found[0][1]}")
        elif found:
            yield from ((offset, Hit(pattern.rule, pattern.severity, what)) for offset, what in found)


def _places(pattern: Pattern, text: str, code: str) -> Iterator[tuple[int, str]]:
    for seen in pattern.code.finditer(code):
        if pattern.argument is None or pattern.argument.match(text, seen.end()):
            yield seen.start(), " ".join(seen.group().split())[:60]


def blank_out(text: str, away: re.Pattern[str]) -> str:
    """The text with comments and strings turned to blanks, lines and offsets kept."""
    return away.sub(lambda m: _blank(m.group()), text)


def _blank(text: str) -> str:
    return "\n".join([" " * len(line) for line in text.split("\n")]) if "\n" in text else " " * len(text)
