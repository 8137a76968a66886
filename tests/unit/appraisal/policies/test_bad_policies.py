"""Every file of tests/bad/policies is refused, for the defect it is named after, at the line it stands on.

The first line of each says what is expected: `# expected <line>: <part of the problem>`.
"""

import re
from pathlib import Path

import pytest

from simulators.cost import within
from supplytrust.appraisal.policies import loader
from supplytrust.errors import PolicyError

FOLDER = Path(__file__).parents[3] / "bad" / "policies"
FILES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_is_refused_at_its_line(path):
    first = path.read_bytes().split(b"\n")[0].decode("utf-8-sig")
    line, text = re.fullmatch(r"# expected (\d+): (.+)", first).groups()
    with pytest.raises(PolicyError) as caught:
        loader.load(path)
    found = [str(p) for p in caught.value.problems]
    assert any(p.startswith(f"{path}:{line}: ") and text in p for p in found), found


def test_there_are_many():
    assert len(FILES) >= 60


def test_one_run_finds_all_problems(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text(
        'schema = 1\nid = "p"\ncooldown = "soon"\ncolour = "red"\n[expect.root]\nbuild = 1.0\nbilld = 0.5\n'
        "[sources]\nindex = 2\n"
    )
    with pytest.raises(PolicyError) as caught:
        loader.load(path)
    places = [p.where.rpartition(":")[2] for p in caught.value.problems]
    texts = " | ".join(str(p) for p in caught.value.problems)
    assert places == sorted(places, key=int)
    for part in ("'owner' is missing", "'cooldown'", "'colour'", "'build' = 1.0", "'billd'", "'index' = 2"):
        assert part in texts


def test_what_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "absent.toml", "baselin", "a\0b"):
        with pytest.raises(PolicyError) as caught:
            loader.load(path)
        assert caught.value.hint
        assert caught.value.problems
    with pytest.raises(PolicyError) as caught:
        loader.load("baselin")
    assert "did you mean 'baseline'?" in caught.value.hint


def test_huge_and_deep_files(tmp_path):
    big = tmp_path / "big.toml"
    big.write_text("# " + "x" * (2 << 20))
    deep = tmp_path / "deep.toml"
    deep.write_text("a = " + "[" * 100_000)
    number = tmp_path / "number.toml"
    number.write_text("schema = " + "9" * 10_000)
    for path, text in ((big, "larger than"), (deep, "nested too deeply"), (number, "not TOML")):
        with pytest.raises(PolicyError, match=text):
            loader.load(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(PolicyError, match="not a regular file"):
        loader.load(tmp_path / "pipe.toml")


@pytest.mark.parametrize(
    "text",
    ["a." * 300_000 + "a = 1", "[" + "a." * 300_000 + "a]", "".join(f"k{n} = 1\n" for n in range(90_000))],
    ids=["dotted key", "dotted table", "many keys"],
)
@pytest.mark.sampled(1)
def test_shapes_that_take_time(text):
    problems = within(5, lambda: loader.check(text))
    assert 1 <= len(problems) <= 1010
