"""Files that a package brings cannot make the search for fuzz targets take longer than their length."""

import pytest

from simulators.cost import within
from supplytrust.evidence.source_code import fuzz_setup

SIZE = fuzz_setup.LARGEST // 2


@pytest.mark.parametrize("piece", ["\n", " \n", "\n\t", "import ", "proptest! ", "fuzz", "func Fuzz"])
@pytest.mark.parametrize("path", ["fuzz/fuzz_a.py", "fuzz/a.rs"])
@pytest.mark.sampled(4)
def test_sources(path, piece):
    took(path, piece)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "piece", ["go test ", "cargo ", "cargo +a ", "fuzz", "python ", "python -a ", " -a", "uses: ", "-fsanitize="]
)
def test_workflows(piece):
    took(".github/workflows/ci.yml", "x: python " + piece * (SIZE // len(piece)), 1)


def took(path, piece, times=None):
    text = piece * (times or SIZE // len(piece)) + "#"
    within(2, lambda: fuzz_setup.judge({path: text}, [path]))
