"""How many made-up cases a test tries: few in the default run, all of them in the thorough one."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("SUPPLYTRUST_THOROUGH"))
FEW = 20


def cases(most: int) -> int:
    """Of so many cases an eighth, and no less than a few, unless the run is the thorough one."""
    return most if THOROUGH else min(most, max(FEW, most // 8))
