"""Reads a disclosure policy: terms it sets itself, and which versions it says are repaired. Text in, values out.

English only, and only plain wording: what is not understood is left out, so that an unread promise can be neither
kept nor broken. Written for the forms met in policies of some forty projects (docs/evaluation-response.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from supplytrust.model.claims.history import DisclosurePromises, Promise, PromiseKind, SupportRow, SupportRule
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.versions import OrderedVersion

LONGEST = 2**16
MOST = 24
_SENTENCE = 1_000  # longer ones are no sentences
_AFTER = 16  # characters that a word after the term counts as further away
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TERM = re.compile(
    r"(?:(?P<low>\d{1,3})\s*(?:[-\u2013]|to|or)\s*)?\b(?P<count>\d{1,3}|[a-z]{3,9}(?=\s*\(\d)|an?|"
    + "|".join(_NUMBERS)
    + r")"
    r"(?:\s*\((?P<figure>\d{1,3})\))?[\s-]*(?P<working>business|working|week|calendar)?[\s-]*"
    r"(?P<unit>h|hrs?|hours?|days?|weeks?|months?)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(within|in|under|up to|less than|no later than|at most|maximum|takes?|target|timeline|deadline|window|embargo"
    r"|acknowledg\w*|respon\w+|fix|patch)\b",
    re.IGNORECASE,
)
_UNITS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.0}
_KINDS = {
    PromiseKind.DISCLOSE: re.compile(r"\b(disclos\w+|embargo\w*|publish\w*|public\w*)", re.IGNORECASE),
    PromiseKind.FIX: re.compile(
        r"\b(fix\w*|patch\w*|resol\w+|remedia\w+|mitigat\w+|releas\w+|address\w*)", re.IGNORECASE
    ),
    PromiseKind.ACKNOWLEDGE: re.compile(
        r"\b(acknowledg\w+|answer\w*|respon\w+|repl(?:y|ies)|confirm\w*|receipt|receive|hear|triag\w+|assess\w*|contact)",
        re.IGNORECASE,
    ),
}
_NO_PROMISE = re.compile(
    r"\bif\b.{0,40}\b(?:not|no|n't)\b|n't (?:receive|hear|get)|years?\b|previous(?:ly)?|for \d+ \w+ after|supported for"
    r"|past\b|every \w+ (?:\w+ )?(?:day|week|month)|approximately .{0,30}before|before full public",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"privat|confidential|security@|security/advisories|hackerone|bugcrowd|tidelift|pgp|encrypt|[\w.+-]@[\w-]{1,64}\.\w"
    r"|do(?: \*{0,2}not\*{0,2}|n't) (?:open|file|report|create|disclose)",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r":x:|:no_entry|❌|✗|✘|❎|⛔|:negative|\bno\b|\bnot\b|unsupported|end[ -]of|\beol\b|\bdead\b|deprecated",
    re.IGNORECASE,
)
_NO_FEATURES = re.compile(r"\bno (?:new|more|further) \w+|\bnot (?:yet )?released", re.IGNORECASE)
_YES = re.compile(r":white_check_mark:|:heavy_check_mark:|✅|✔\ufe0f?|✓|☑\ufe0f?|yes|true", re.IGNORECASE)
_NO = re.compile(r":x:|:no_entry(?:_sign)?:|:negative_squared_cross_mark:|❌|✗|✘|❎|⛔|no|false", re.IGNORECASE)
_POSITIVE = re.compile(
    r":white_check|:heavy_check|✅|✔|✓|☑|\byes\b|supported|\bactive|\bcurrent|maintained|\blts\b|\bfull\b|security|\bbug",
    re.IGNORECASE,
)
_ROW = re.compile(r"^[<>=≤≥~^*`vV\s]*(\d+(\.(\d+|[xX*]))*|latest|newest|older|other|main|master|all)\b", re.IGNORECASE)
_NEWEST = r"(?:latest|most recent|newest|current)"
_SUPPORTS = re.compile(
    r"support|security (?:updates?|fix|patch)|(?:fixes|patches|updates)\b|receive|maintain", re.IGNORECASE
)
_RULES = (
    (
        SupportRule.LATEST_MAJOR,
        re.compile(rf"{_NEWEST}\s+(?:\w+\s+)?major\b(?!/|\s*(?:and|/|or)\s*minor)", re.IGNORECASE),
    ),
    (
        SupportRule.LATEST_LINE,
        re.compile(
            rf"{_NEWEST}\s+(?:\w+\s+)?(?:major\s*(?:/|and|or)\s*)?(?:minor|feature|\d?\.?x|line|series|branch)\b",
            re.IGNORECASE,
        ),
    ),
    (
        SupportRule.LATEST,
        re.compile(
            rf"{_NEWEST}\s+(?:(?:published|released?|stable|public|official|final|pypi)\s+){{0,2}}(?:version|releases?)\b",
            re.IGNORECASE,
        ),
    ),
)


def claim(
    text: str, known_by: KnownBy, path: str, version: OrderedVersion | None, as_of: datetime | None, file_name: str = ""
) -> DisclosurePromises:
    """The claim about one text; `version` is the judged one, None when it cannot be read."""
    listed = rows(text)
    supported, row = supports_version(listed, version)
    return DisclosurePromises(
        known_by,
        path[:200],
        file_name,
        as_of,
        private(text),
        promises(text),
        rule(text),
        listed,
        supported,
        row,
    )


def promises(text: str) -> tuple[Promise, ...]:
    """Terms the text sets for its authors, in order of appearance."""
    found: list[Promise] = []
    for sentence in _sentences(text):
        if len(found) >= MOST or _NO_PROMISE.search(sentence) or not _BOUND.search(sentence):
            continue
        for term in _TERM.finditer(sentence):
            kind = _nearest(sentence, term)
            if kind is not None and (term["count"].lower() not in ("a", "an") or _is_term(sentence, term)):
                found.append(Promise(kind, _days(term), sentence.strip()[:120]))
    return tuple(dict.fromkeys(p for p in found if 0 < p.days <= 400))[:MOST]


def private(text: str) -> bool:
    """Whether the text names a way to report that not everybody reads along."""
    return _PRIVATE.search(text[:LONGEST]) is not None


def rows(text: str) -> tuple[SupportRow, ...]:
    """The list of supported versions: the first block of table rows that start with versions."""
    found: list[SupportRow] = []
    for line in text[:LONGEST].splitlines():
        cells = _cells(line[:_SENTENCE])
        if len(cells) >= 2 and _ROW.match(cells[0]):
            said = _says(cells[1:])
            if said is not None:
                found.append(SupportRow(cells[0].strip("`* ")[:40], said))
        elif found and line.strip() and not re.match(r"^[\s|+=:-]*$", line):
            break
    return tuple(found[:MOST])


def rule(text: str) -> SupportRule:
    """The rule a sentence states about which versions are repaired."""
    listed = rows(text)
    if listed:
        numbered = any(re.search(r"\d", row.versions) for row in listed if row.supported)
        return SupportRule.LISTED if numbered else SupportRule.LATEST
    for sentence in _sentences(text):
        if _SUPPORTS.search(sentence) and not re.search(
            r"\b(reproduc|upgrad|using|affected|tested?)\w*", sentence, re.IGNORECASE
        ):
            for name, pattern in _RULES:
                if pattern.search(sentence):
                    return name
    return SupportRule.UNSTATED


def supports_version(listed: tuple[SupportRow, ...], version: OrderedVersion | None) -> tuple[bool | None, str]:
    """Whether a list supports a version, and the row that says so; (None, '') when no row is about it."""
    if version is None:
        return None, ""
    for row in listed:
        if _covers(row.versions, version.release):
            return row.supported, row.versions
    return None, ""


def _sentences(text: str) -> Iterator[str]:
    """Sentences and list items; headings and table rows stand alone."""
    plain = re.sub(r"[*_`]{1,3}", "", text[:LONGEST])
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+•]|\d+[.)]|#+)\s)", plain):
        parts = re.split(r"(?<=[.;!?])\s+(?=[A-Z\[(])|\s*;\s*", " ".join(block.split()))
        yield from (part[:_SENTENCE] for part in parts if part)


def _nearest(sentence: str, term: re.Match[str]) -> PromiseKind | None:
    """What the term is for: the nearest word of a kind in the sentence, one before it rather than one after it."""
    best: tuple[int, PromiseKind] | None = None
    for kind, pattern in _KINDS.items():
        for word in pattern.finditer(sentence):
            after = word.start() >= term.end()
            away = word.start() - term.end() + _AFTER if after else term.start() - word.end()
            if best is None or away < best[0]:
                best = (away, kind)
    return best[1] if best and best[0] <= 90 else None


def _is_term(sentence: str, term: re.Match[str]) -> bool:
    """Whether "a day", "an hour" is meant as a term."""
    return re.search(r"\b(within|in under|less than|at most)\s*$", sentence[: term.start()], re.IGNORECASE) is not None


def _days(term: re.Match[str]) -> float:
    word = (term["figure"] or term["count"]).lower()
    count = float(word) if word.isdigit() else float(_NUMBERS.index(word) + 1 if word in _NUMBERS else 1)
    unit = _UNITS[term["unit"][0].lower()]
    working = 1.4 if (term["working"] or "").lower() in ("business", "working", "week") else 1.0
    return count * unit * working


def _cells(line: str) -> list[str]:
    if line.strip().startswith("|"):
        return [c.strip() for c in line.strip().strip("|").split("|")]
    bullet = re.match(r"^[-*+] (.+?) ?(?:[:\u2014\u2013]|->|=>) (.+)$", " ".join(line.split()))
    if bullet:
        return [bullet[1], bullet[2]]
    return [c.strip() for c in re.split(r"\s{2,}|\t", line.strip()) if c.strip()]


def _says(cells: list[str]) -> bool | None:
    """A cell that is a plain yes or no decides (both: neither); words about features, dates and ends do not."""
    plain = [cell.strip(" *`_.") for cell in cells]
    yes, no = any(map(_YES.fullmatch, plain)), any(map(_NO.fullmatch, plain))
    if yes or no:
        return None if yes and no else yes
    text = _NO_FEATURES.sub("", " ".join(cells))
    if _NEGATIVE.search(text):
        return False
    return True if _POSITIVE.search(text) else None


def _covers(row: str, here: tuple[int, ...]) -> bool:
    """Whether a row such as `2.10.x`, `< 3.1`, `>= 1.2, < 2`, `1.0 - 1.4` is about a version."""
    plain = row.replace("≤", "<=").replace("≥", ">=").replace("\u2013", "-")
    between = re.match(r"^\s*v?([\d.]+)\s*(?:-|to)\s*v?([\d.]+)", plain)
    if between:
        return _holds(">=", between[1], here) and _holds("<=", between[2], here)
    bounds = re.findall(r"(<=|>=|<|>|==?|~|\^)?\s*v?(\d+(?:\.\d+)*)((?:\.[xX*])*)\s*(\+?)", plain)
    if not bounds:
        return False
    return all(_holds(">=" if plus else op, number, here) for op, number, _, plus in bounds)


def _holds(op: str, number: str, here: tuple[int, ...]) -> bool:
    parts = tuple(int(p) for p in number.strip(".").split(".")[:6] if p)
    release = here + (0,) * (len(parts) - len(here))
    mine, same = release[: len(parts)], release[: len(parts)] == parts
    if op == "<":
        return mine < parts
    if op == ">":
        return mine > parts
    if op == "<=":
        return mine <= parts
    if op == ">=":
        return mine >= parts
    return same
