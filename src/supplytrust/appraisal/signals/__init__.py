"""Questions. One file, one question; pure functions from (subject, evidence, moment) to a finding."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
from typing import cast

from supplytrust.model.finding import Signal
from supplytrust.model.vocabulary import Area


@functools.cache
def catalogue() -> tuple[Signal, ...]:
    """Every signal of the five areas, in order of id. Closed world: only modules of this package."""
    found: list[Signal] = []
    for area in Area:
        package = importlib.import_module(f"{__name__}.{area.value}")
        names = [f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
        found.extend(cast("Signal", importlib.import_module(name)) for name in names)
    return tuple(sorted(found, key=lambda s: s.META.id))


def find(signal_id: str) -> Signal | None:
    """The signal with this id, None when there is none."""
    return next((signal for signal in catalogue() if signal.META.id == signal_id), None)


def signal_named(signal_id: str) -> Signal:
    """The signal with this id; KeyError when there is none."""
    found = find(signal_id)
    if found is None:
        raise KeyError(signal_id)
    return found


def page_of(signal_id: str) -> str:
    """A signal's page: the docstring of its module. KeyError when there is no such signal."""
    return ast.get_docstring(ast.parse(inspect.getsource(signal_named(signal_id)))) or ""  # type: ignore[arg-type]


def question_of(signal_id: str) -> str:
    """What a signal asks, in a sentence: the paragraph of its page under the word Question."""
    lines = page_of(signal_id).splitlines()
    start = lines.index("Question") + 1 if "Question" in lines else 0
    end = next((n for n in range(start, len(lines)) if not lines[n].startswith(" ")), len(lines))
    return " ".join(line.strip() for line in lines[start:end])
