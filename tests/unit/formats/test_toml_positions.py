"""Lines of keys: told for every form a key can have in TOML."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.effort import cases
from supplytrust.formats.toml import Positions

TEXT = '''# a comment with key = 1
first = """
not = "a key"
[not.a.table]
"""  # end
second = [
  "a # no comment", # a comment ]
  'b',
]
"quoted key" = { inner = 1, other = [1, 2] }
dotted.a.b = 'x'

[table]
k = 1

[table . sub]
k = \'\'\'
k2 = 2\'\'\'

[[list]]
n = 1
[list.own]
m = 2
[[list]]
n = 3
'''


def test_every_form():
    tomllib.loads(TEXT)
    line = Positions(TEXT).line
    assert line(("first",)) == 2
    assert line(("second",)) == 6
    assert line(("quoted key",)) == 10
    assert line(("quoted key", "inner")) == 10
    assert line(("dotted", "a", "b")) == 11
    assert line(("dotted",)) == 11
    assert line(("table",)) == 13
    assert line(("table", "k")) == 14
    assert line(("table", "sub", "k")) == 17
    assert line(("list", 0, "n")) == 21
    assert line(("list", 0, "own", "m")) == 23
    assert line(("list", 1)) == 24
    assert line(("list", 1, "n")) == 25
    assert line(("table", "absent")) == 13
    assert line(("absent",)) == 1


def test_empty_and_unended():
    assert Positions("").line(("x",)) == 1
    assert Positions("x = 1").line(("x",)) == 1


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cs", "Cc"]), min_size=1)
VALUES = st.sampled_from(
    ["1", '"]\\"#"', "'[['", '"""\nx = 1\n"""', "'''\n[t]\n'''", "[\n1, # [\n]", "{a = 1}", "true"]
)


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), unique_by=lambda kv: kv[0], max_size=8))
def test_each_key_is_where_it_was_written(pairs):
    text, where = "", {}
    for key, value in pairs:
        where[key] = text.count("\n") + 1
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        text += f'"{escaped}" = {value} # {key[:3]!a}\n'
    assert set(tomllib.loads(text)) == set(where)
    positions = Positions(text)
    assert {key: positions.line((key,)) for key in where} == where
