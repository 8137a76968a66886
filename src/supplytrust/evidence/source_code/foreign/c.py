"""C and its relatives: OpenSSL's names, unbounded copies, `memcmp` of MACs."""

from __future__ import annotations

import re

from supplytrust.evidence.source_code.foreign import Pattern, Sign
from supplytrust.model.claims.code import Ability

LANGUAGES = frozenset({"c", "c++", "objective-c", "cuda"})
COMMENTS_AND_STRINGS = re.compile(
    r'//(?:[^\n\\]|\\.)*+|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?', re.DOTALL
)
_HIDDEN = r"\w{0,30}(?:mac|hmac|signature|password|passwd|token|secret)\w{0,30}"
# a name first and what may not stand before it after: so the regular expression engine looks for first letters alone
_NOT_LITERAL = re.compile(r"(?!\s*\")")
PATTERNS = (
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
ABILITIES = (
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
