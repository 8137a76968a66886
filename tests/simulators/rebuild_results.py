"""Results of rebuilds in a few words, for tests of the signals that read them."""

from __future__ import annotations

from datetime import UTC, datetime

from simulators.evidence import SDIST, SDIST_SHA, WHEEL, WHEEL_SHA
from supplytrust.model.claims.rebuild import (
    BuildRequirement,
    Difference,
    RebuildInput,
    RebuildLevel,
    RebuildResult,
    RecipeUsed,
)

CUT_OFF = datetime(2026, 10, 1, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
TOOL = BuildRequirement("flit-core", "3.12.0", "c" * 64, OLD)
COMMIT = "c0ffee" * 6


def result(level: str, **changed: object) -> RebuildResult:
    """The judged wheel against its sdist, at a level."""
    fields: dict[str, object] = {
        "file_name": WHEEL,
        "sha256": WHEEL_SHA,
        "level": RebuildLevel(level),
        "reason": "",
        "source": RebuildInput.SDIST,
        "source_digest": f"sha256:{SDIST_SHA}",
        "engine": "1",
        "sandbox": "bubblewrap",
        "interpreter": "cpython 3.12.1",
        "recipe": RecipeUsed("flit_core.buildapi", "3.12", ("cut-off",), (), CUT_OFF, None),
        "requirements": (TOOL,),
    }
    return RebuildResult(**(fields | changed))  # type: ignore[arg-type]


def from_tag(level: str, name: str = WHEEL, **changed: object) -> RebuildResult:
    """A file against the tag's tree."""
    sha256 = WHEEL_SHA if name == WHEEL else SDIST_SHA
    fields = {"file_name": name, "sha256": sha256, "source": RebuildInput.TAG, "source_digest": f"gitCommit:{COMMIT}"}
    return result(level, **(fields | changed))


def lost(*paths: str) -> dict[str, object]:
    """The fields of a result in which these files did not come back."""
    return {"differences": tuple(Difference(p, "missing") for p in paths), "unreproduced": paths}


SDIST_NAME = SDIST
