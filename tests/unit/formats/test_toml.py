"""The one TOML reader: bounded before parsing, UTF-8 only, every refusal with its place."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.effort import cases
from supplytrust.errors import MalformedError, MalformedTomlError
from supplytrust.formats.toml import MAX_DEPTH, MAX_PARTS, read_toml

MANY = 3 * 10**5


def dotted(parts: int, part: str = "a", joint: str = ".") -> str:
    return joint.join([part] * parts)


COSTLY = {
    "a dotted key": dotted(MANY) + " = 1",
    "a dotted key of quoted parts": dotted(MANY, '"a b"') + " = 1",
    "a dotted key of literal parts": dotted(MANY, "'a.b'") + " = 1",
    "a dotted key with blanks around its dots": dotted(MANY, "a", " \t. ") + " = 1",
    "a dotted key of empty parts": dotted(MANY, '""') + " = 1",
    "a table's header": f"[{dotted(MANY)}]",
    "an array's header": f"[[{dotted(MANY)}]]",
    "a key of an inline table": f"x = {{y = 1, {dotted(MANY)} = 1}}",
    "a key of an inline table in an array": f"x = [\n1,\n{{{dotted(MANY)} = 1}}]",
    "a key that never gets its value": dotted(MANY),
    "a key behind a string with quotes at its end": f'x = """a"""""\n{dotted(MANY)} = 1',
    "a key behind a literal with quotes at its end": f"x = '''a'''''\n{dotted(MANY)} = 1",
    "a key behind an escaped quote": f'x = "\\""\n{dotted(MANY)} = 1',
    "a key behind escaped quotes in a long string": f'x = """\\""" """\n{dotted(MANY)} = 1',
    "a key behind a quote in a comment": f"# don't\n{dotted(MANY)} = 1",
    "a key behind a hash in a string": f"x = '#'\n{dotted(MANY)} = 1",
    "a key with Windows newlines": f"x = 1\r\n{dotted(MANY)} = 1\r\n",
    "nested arrays": "x = " + "[" * MANY + "]" * MANY,
    "nested arrays over many lines": "x = " + "[\n" * MANY + "]\n" * MANY,
    "nested inline tables": "x = " + "{a = " * MANY + "1" + "}" * MANY,
    "nested arrays that do not end": "x = " + "[" * MANY,
    "an integer of many digits": "x = " + "1" * MANY,
    "a hexadecimal integer": "x = 0x" + "f" * MANY,
    "an integer with underscores": "x = 1" + "_1" * MANY,
    "a float of many digits": "x = 0." + "1" * MANY,
}


@pytest.mark.sampled(7)
@pytest.mark.parametrize("name", COSTLY)
def test_what_would_cost_the_square_of_its_size_is_refused_unparsed(name, monkeypatch):
    def unreachable(text):
        raise AssertionError("given to the parser")

    monkeypatch.setattr(tomllib, "loads", unreachable)
    with pytest.raises(MalformedTomlError) as caught:
        read_toml(COSTLY[name], largest=10**7)
    assert caught.value.line >= 1
    assert caught.value.hint
    assert isinstance(caught.value, MalformedError)


FINE = {
    "parts up to the limit": dotted(MAX_PARTS) + " = 1",
    "a header up to the limit": f"[{dotted(MAX_PARTS)}]",
    "arrays up to the limit": "x = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    "dots in a string": f"x = '{dotted(500)}'",
    "dots in a basic string": f'x = "{dotted(500)}"',
    "dots in a long string": f'x = """\n{dotted(500)}\n"""',
    "dots in a long literal": f"x = '''\n{dotted(500)}'\n'''",
    "dots in a comment": f"x = 1 # {dotted(500)}",
    "dots in a quoted key": f'"{dotted(500)}" = 1',
    "brackets in strings and comments": f'x = \'{"[" * 500}\' # {"{" * 500}\ny = """{"[" * 500}"""',
    "many arrays side by side": "x = [" + "[], " * 500 + "]",
    "many short keys on one line": "x = {" + ", ".join(f"a.b{n} = 1.5" for n in range(500)) + "}",
    "a long string": f"x = '{'a' * 5000}'",
    "Windows newlines": "x = 1\r\ny = 2\r\n",
    "quotes at the end of a long string": "x = \"\"\"a\"\"\"\"\"\ny = '''b'''''",
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_in_proportion_is_read_as_the_parser_reads_it(name):
    assert read_toml(FINE[name]) == tomllib.loads(FINE[name])
    assert read_toml(FINE[name].encode()) == tomllib.loads(FINE[name])


PLACES = {
    b"x = 1\ny = ": (2, 5),
    b"x = 1\n\ny = =\n": (3, 5),
    b"x = 1\nx = 2\n": (2, 6),
    b"a = 1\n" + dotted(50).encode() + b" = 1\n": (2, 1),
    b"a = 1\nb = [" + b"[" * 200 + b"\n": (2, 105),
    b"a = 1\nb = \xff\n": (2, 5),
    b"\xef\xbb\xbfa = 1\nb = \xff\n": (2, 5),
    b"\xef\xbb\xbfa = '\xc3": (1, 9),
    b"a = '\xed\xa0\x80'": (1, 6),
    b"a = 'x": (1, 7),
    b"a = 1\nb = 1979-99-99\n": (2, 9),
}


@pytest.mark.parametrize("data", PLACES)
def test_a_refusal_names_line_and_column(data):
    with pytest.raises(MalformedTomlError) as caught:
        read_toml(data)
    assert (caught.value.line, caught.value.column) == PLACES[data]


def test_a_byte_order_mark_is_passed_over_once():
    assert read_toml(b"\xef\xbb\xbfx = 1") == {"x": 1}
    assert read_toml("\ufeffx = 1") == {"x": 1}
    with pytest.raises(MalformedTomlError):
        read_toml(b"\xef\xbb\xbf\xef\xbb\xbfx = 1")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(encoding):
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    with pytest.raises(MalformedTomlError, match="UTF-(16|32)") as caught:
        read_toml((mark + "x = 1").encode(encoding))
    assert "UTF-8" in caught.value.hint


def test_the_size_is_looked_at_first():
    with pytest.raises(MalformedTomlError, match="at most 100 are read"):
        read_toml(b"#" * 101, largest=100)
    assert read_toml(b"#" * 100, largest=100) == {}


def test_deep_in_the_call_stack_nesting_is_still_a_refusal():
    def deep(n):
        return deep(n - 1) if n else read_toml("x = " + "[" * 99 + "]" * 99)

    try:
        deep(900)
    except MalformedTomlError as error:
        assert "nested too deeply" in error.message
    except RecursionError:
        pass


PIECES = ['"', "'", '"""', "'''", "\\", "a", ".", " ", "\n", "#", "[", "]", "{", "}", "=", ",", "1", "x = ", '\\"', "é"]


@settings(max_examples=cases(400), deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_text_hides_a_long_key_from_the_scan(prefix):
    """Whenever the parser gets through a text, the scan still sees what follows it."""
    try:
        tomllib.loads(prefix + "\n")
    except (ValueError, RecursionError):
        return
    with pytest.raises(MalformedTomlError, match="parts: 60"):
        read_toml(f"{prefix}\n{dotted(60, 'key')} = 1")
