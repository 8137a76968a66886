"""How many cases a law is tried with: 300 in the normal run; `SUPPLYTRUST_LAWS=3000` for the long one.

`--hypothesis-profile=laws` is the same long run. Cases are derived from the test itself, so a normal run is
the same everywhere and leaves nothing behind.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

CALM = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("normal", max_examples=300, derandomize=True, **CALM)
settings.register_profile("laws", max_examples=int(os.environ.get("SUPPLYTRUST_LAWS") or 3000), **CALM)
settings.load_profile("laws" if os.environ.get("SUPPLYTRUST_LAWS") else "normal")
