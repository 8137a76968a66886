"""The checks, one file a step, in the order their ORDER says. A step that ENDS stops the run when it denies.

Closed world: every module here is a step. Those named in `REQUIRED` must be there, or nothing is admitted.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from supplytrust.gate.context import AdmissionContext

REQUIRED = frozenset(
    (
        "inputs",
        "clock",
        "digests",
        "signature",
        "record",
        "scope",
        "critical",
        "subject",
        "configuration",
        "imports",
        "validity",
        "revocation",
        "epochs",
        "purpose",
        "platform",
        "dependencies",
        "verdict",
    )
)


class Step(Protocol):
    """A module of this package."""

    ORDER: int
    ENDS: bool

    def check(self, case: AdmissionContext) -> None:
        """Note or raise why not; answering nothing is passing."""
        ...


@functools.cache
def steps() -> tuple[tuple[str, Step], ...]:
    """All steps by order. RuntimeError when one is missing that must be there."""
    names = {m.name for m in pkgutil.iter_modules(__path__)}
    if not names >= REQUIRED:
        raise RuntimeError(f"steps missing: {', '.join(sorted(REQUIRED - names))}")
    found = [(name, cast("Step", importlib.import_module(f"{__name__}.{name}"))) for name in names]
    return tuple(sorted(found, key=lambda pair: (pair[1].ORDER, pair[0])))
