"""What names in code tell of a value's purpose. Guesses, and the rules' limits say so."""

from __future__ import annotations

import re

PASSWORD = re.compile(r"passw(or)?d|passphrase", re.IGNORECASE)
STORES_PASSWORD = re.compile(
    r"(hash|make|encode|encrypt|check|verify|store|set)_?(password|passwd|pw)\b", re.IGNORECASE
)
CHECKS_PASSWORD = re.compile(r"(check|verify|auth|login|compare)\w*|\w{0,60}passw", re.IGNORECASE)
SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|private_?key|session_?(id|key)|\botp\b|_otp\b|csrf"
    r"|(access|auth|api|session|secret|reset|bearer|security)_?token|(make|generate|gen|create|new)_?token\b",
    re.IGNORECASE,
)
ONCE = re.compile(r"(^|[\s._])(c?nonce|salt)\b|^token$", re.IGNORECASE)
OF_A_MODEL = re.compile(r"token_?s|vocab|logits|probs|weights|word", re.IGNORECASE)
READS_OLD = re.compile(r"decrypt|decode|load|read|parse|unwrap|verify|from_|open|import", re.IGNORECASE)
COMPARED = re.compile(
    r"(^|[_\W])(hmac|csrf_?token|xsrf_?token|(api|access|auth|session|reset|secret|bearer|x)[-_]?token|api_?key|secret_?key"
    r"|client_?secret)$",
    re.IGNORECASE,
)
COMPARED_PASSWORD = re.compile(r"(^|[_\W])passw(or)?d$", re.IGNORECASE)
SIGNATURE = re.compile(r"(^|[_\W])(signature|mac_?tag)$", re.IGNORECASE)
EXPECTED = re.compile(r"expect|provided|received|request|webhook|computed|calculated", re.IGNORECASE)
TWICE = re.compile(r"confirm|repeat|again|retype|twice|verify_pass|pass\w*2$|old_|new_", re.IGNORECASE)
EQUALITY = re.compile(r"^__(eq|ne|lt|le|gt|ge|hash|contains)__$|^is_(same|equal)|^equals?$", re.IGNORECASE)
FOREIGN = re.compile(
    r"^(requests|httpx)(\.Session\(\)|\.session\(\)|\.Client\(\)|\.AsyncClient\(\))?\.(get|post|put|request|head|patch)\(\)"
    r"|^urllib\.request\.urlopen\(\)|^urllib2\.urlopen\(\)|^socket\.socket\(\)\.recv(from)?\(\)"
    r"|(^|[._])sock(et)?\.recv(from)?\(\)$"
    r"|^(self\.|flask\.)?request\.(body|data|GET|POST|COOKIES|cookies|form|args|get_data|get_json|json)\b"
)
