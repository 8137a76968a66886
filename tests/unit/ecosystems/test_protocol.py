"""What every ecosystem has to answer, and what may be left out."""

from __future__ import annotations

import pytest

from supplytrust.ecosystems.protocol import Ecosystem

REQUIRED = {"resolve", "facts", "fetch", "index_address", "read_artifact"}


def answer(*_args: object, **_kwargs: object) -> None: ...


def test_these_have_no_answer_that_could_stand_in() -> None:
    assert Ecosystem.__abstractmethods__ == REQUIRED


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_an_ecosystem_without_one_of_them_cannot_be_made(missing: str) -> None:
    parts = dict.fromkeys(REQUIRED - {missing}, answer)
    with pytest.raises(TypeError, match=missing):
        type("Partial", (Ecosystem,), parts)()
    type("Whole", (Ecosystem,), parts | {missing: answer})()
