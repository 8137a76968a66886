"""Files are set aside by words in their bytes: what is found is what every pattern over the whole text would find."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from simulators.cost import within
from simulators.effort import cases
from supplytrust.evidence.source_code import foreign_rules
from supplytrust.evidence.source_code.analyse_artifact import SourceFile, read
from supplytrust.evidence.source_code.foreign_rules import MOST_A_FILE, look
from supplytrust.evidence.source_code.rules import Hit

GROUPS = {sorted(group.languages)[0]: group for group in foreign_rules.GROUPS}
PATTERNS = [(name, pattern) for name, group in GROUPS.items() for pattern in group.patterns]
SIGNS = [(name, sign) for name, group in GROUPS.items() for sign in group.abilities if sign.code]
LABELLED = [
    part.partition("\n")
    for path in sorted((Path(__file__).parent / "labelled").glob("*.txt"))
    for part in re.split("^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
]
SNIPPETS = [(head.split("|")[1].strip(), code) for head, _, code in LABELLED if head.split("|")[1].strip() != "python"]
OTHERS = ("ſ", "\u212a", "\u0130", "\u0131", "\u00a0", "é", "\x1c", "\ufffd")  # some are letters of ASCII to `re.I`
PLAIN = {  # how patterns read before they were arranged so that the engine looks for a first letter alone
    r"(?<![\w>.:])gets\s*\(\s*[\w\->.\[\]&]{1,60}\s*\)\s*[;),!=]": "gets",
    r"(?<![\w>.])(?:strcpy|strcat|wcscpy|wcscat|stpcpy)\s*\(\s*[^,;(){}]{1,200},": "strcpy",
    r"(?i)(?<!\w)(?:memcmp|strcmp)\s*\([^;{}]{0,60}?\b\w{0,30}(?:mac|hmac|signature|password|passwd|token|secret)\w{0,30}\s*[,)]": "memcmp",
    r"(?<![\w>.])(?:socket|connect|getaddrinfo|WSASocket\w*)\s*\(|\bcurl_easy_init\b": "socket",
    r"\bfetch\s*\(|\bXMLHttpRequest\b|\bWebSocket\s*\(": "fetch",
    r"\bnew\s+Function\s*\(": "Function",
    r"\buse\s+(?:reqwest|hyper|tokio::net|std::net)\b": "reqwest",
    r"\buse\s+(?:wasmtime|wasmer|sgx_\w+|seccompiler)\b": "wasmtime",
}  # fmt: skip
RUST = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|b?r(#{1,8})\".*?(?:\"\1|\Z)|b?r\"[^\"]*+\"?|b?\"(?:[^\"\\]|\\.)*+\"?"
    r"|b?'(?:[^'\\\n]|\\[^\n]{1,9}?)'",
    re.DOTALL,
)


def folds(pattern):
    return bool(pattern.code.flags & re.IGNORECASE) or "(?i:" in pattern.code.pattern


def plainly(group, data):
    """Every pattern over all of the blanked text, with nothing set aside. Folded patterns keep their words: they mean them."""
    text = data.decode("utf-8", "replace")
    code = group.comments_and_strings.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    hits, first = [], {}
    for pattern in group.patterns:
        if folds(pattern) and not any(word in code for word in pattern.needs):
            continue
        fits = (m for m in pattern.code.finditer(code) if not pattern.argument or pattern.argument.match(text, m.end()))
        found = [
            (text.count("\n", 0, m.start()) + 1, " ".join(m.group().split())[:60])
            for m in itertools.islice(fits, MOST_A_FILE)
        ]
        for line, what in found[:1] if pattern.once else found:
            told = f"{len(found)} places, first: {what}" if pattern.once else what
            hits.append((line, Hit(pattern.rule, pattern.severity, told)))
    for sign in group.abilities:
        seen = sign.code.search(code) if sign.code else re.match("", code)
        if seen and seen.start() < first.get(sign.ability, (len(code) + 1,))[0]:
            first[sign.ability] = (seen.start(), " ".join(seen.group().split())[:40])
    return hits, {(ability, text.count("\n", 0, at) + 1, what) for ability, (at, what) in first.items()}


def same(group, data):
    seen = look(group, data, abilities=True)
    hits, abilities = plainly(group, data)
    assert list(seen.hits) == hits
    assert set(seen.abilities) == abilities
    assert look(group, data, abilities=False) == type(seen)(seen.hits)
    return hits


def pieces(group):
    """Words of a group in and out of place: what its rules look for, and what hides it."""
    words = {w for p in group.patterns for w in p.needs} | {w for s in group.abilities for w in s.needs}
    words |= {"token", "mac", "key", "rand", "use", "new", "unsafe", "1024", "false", "true", "New", "md5", "sha1", "a"}
    marks = ("(", ")", " ", "\n", "=", ",", ";", "{", ":", "::", ".", "/*", "*/", "//", '"', "'", "`", "\\", 'r#"', '"#', "b", "[", "]", "_", "%s", ">", "!")  # fmt: skip
    return st.one_of(
        st.sampled_from(sorted(words)),
        st.sampled_from(sorted(words)).map(str.swapcase),
        st.sampled_from(marks),
        st.sampled_from(OTHERS),
    )


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=cases(150), deadline=None)
@given(st.data())
def test_made_up_text_is_seen_as_by_every_pattern(name, data):
    text = "".join(data.draw(st.lists(pieces(GROUPS[name]), max_size=60)))
    same(GROUPS[name], text.encode())


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=cases(80), deadline=None)
@given(st.data())
def test_snippets_that_match_among_others_and_broken_bytes(name, data):
    group = GROUPS[name]
    parts = [code.encode() for language, code in SNIPPETS if language in group.languages]
    parts += [b"\xff", b"\xe2\x84", b"\xc5", b"\n", b"/* ", b' "', b"\r\n", "\u017f".encode()]
    same(group, b"".join(data.draw(st.lists(st.sampled_from(parts), max_size=12))))


@pytest.mark.parametrize(("language", "code"), SNIPPETS)
def test_labelled_snippets(language, code):
    same(foreign_rules.BY_LANGUAGE[language], code.encode())


def test_the_snippets_show_most_rules():
    hits = [hit for language, code in SNIPPETS for hit in same(foreign_rules.BY_LANGUAGE[language], code.encode())]
    assert len(hits) >= 25
    assert len({hit.rule for _, hit in hits}) >= 8


@pytest.mark.parametrize(
    ("name", "pattern"), PATTERNS + SIGNS, ids=[f"{n}-{p.needs[0]}-{i}" for i, (n, p) in enumerate(PATTERNS + SIGNS)]
)
@settings(max_examples=cases(25), deadline=None)
@given(st.data())
@pytest.mark.sampled(5)
def test_no_match_without_one_of_the_words(name, pattern, data):
    text = data.draw(st.from_regex(pattern.code))
    match = pattern.code.search(text)
    assume(match is not None)
    holds = getattr(pattern, "holds", None)
    assert holds is None or holds.search(match.group()) is not None
    case = (
        re.IGNORECASE if hasattr(pattern, "rule") and folds(pattern) else 0
    )  # their words are meant as they are written
    assert any(re.search(re.escape(word), match.group(), case) for word in pattern.needs)


def test_words_are_ascii_that_blanking_cannot_make():
    for _, one in PATTERNS + SIGNS:
        assert one.needs
        assert all(word.isascii() and word.strip() == word and not re.search(r"\s", word) for word in one.needs)


def arranged(word):
    return next(p.code for _, p in PATTERNS + SIGNS if word in p.needs)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("plain", "word"), PLAIN.items(), ids=PLAIN.values())
@settings(max_examples=cases(60), deadline=None)
@given(st.data())
def test_arranged_patterns_match_what_the_plain_ones_match(plain, word, data):
    made = st.one_of(st.from_regex(plain), st.text("msMStrcpy emcmp(,)>.:_ \nſ", max_size=20))
    text = "".join(data.draw(st.lists(made, max_size=4)))
    assert [m.span() for m in arranged(word).finditer(text)] == [m.span() for m in re.finditer(plain, text)]


@settings(max_examples=cases(400), deadline=None)
@given(st.text("br#\"'/*\\\n ax", max_size=40))
@example('b\'\\x41\' br#"a"# rb"\\" r"/*')
def test_comments_and_strings_of_rust(text):
    assert [m.span() for m in GROUPS["rust"].comments_and_strings.finditer(text)] == [
        m.span() for m in RUST.finditer(text)
    ]


def test_a_digest_named_by_openssl_alone_is_found():
    hits = same(GROUPS["rust"], b"let digest = MessageDigest::sha1();")
    assert [(line, hit.rule) for line, hit in hits] == [(1, "weak-digest")]


def test_the_first_place_tells_an_ability_whatever_its_pattern():
    seen = look(GROUPS["javascript"], b"\nnew Function(x)\nexecSync(y)\n", abilities=True)
    assert [(line, what) for _, line, what in seen.abilities] == [(2, "new Function(")]


def test_language_alone_tells_native_code_and_no_text_is_read():
    code = b"\xff\xfe int f(void);"
    claim, can = read("demo", [SourceFile("src/a.c", "c", "library", len(code), lambda: code)])
    assert claim.findings == ()
    assert [c.places for c in can.found] == [("src/a.c:1 c",)]


HOSTILE = {
    "drawn tokens": ("javascript", "Math.random;" + "token = " * 60_000),
    "drawn names": ("javascript", "Math.random;" + "token" * 90_000),
    "new": ("javascript", "Function;" + "new " * 100_000 + "new" + " " * 100_000),
    "rand": ("c", "key = rand;" + "rand" * 90_000 + "key = " * 30_000),
    "rand calls": ("c", "rand(" * 90_000),
    "memcmp": ("c", "memcmp" * 60_000 + "(" + "strcmp(" * 30_000),
    "strcpy": ("c", "strcpy(a" * 50_000),
    "use": ("rust", "ring;" + "use " * 100_000 + "use" + " " * 100_000),
    "raw strings": ("rust", "unsafe;" + 'br#"' * 80_000),
    "comment lines": ("c", "gets(/*" + "\n" * 300_000),
    "words": ("go", "rand.;" + "secret := " * 40_000),
}


@pytest.mark.parametrize(("name", "text"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.sampled(3)
def test_hostile_text_with_the_words_takes_linear_time(name, text):
    group = next(g for g in GROUPS.values() if name in g.languages)
    within(3, lambda: look(group, text.encode(), abilities=True))


@pytest.mark.parametrize("name", foreign_rules.NAMES_OF_DRAWN.split("|"))
@pytest.mark.parametrize(
    "written", [str.lower, str.upper, str.title, lambda n: n.replace("s", "ſ").replace("k", "\u212a")]
)
def test_every_name_of_a_drawn_secret_is_held(name, written):
    hits = same(foreign_rules.JAVASCRIPT, f"let x_{written(name)}_y = `a` + Math.random()\n".encode())
    assert [hit.rule for _, hit in hits] == ["predictable-secret"]
