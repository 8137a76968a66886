"""A program of its own: pip as it would resolve on another Python of this machine.

`python -I pip_for_python.py MARKERS ARGUMENT...`, MARKERS being a JSON object of environment markers (PEP 508).
pip's `--python-version` chooses the tags and the Requires-Python of another Python, but its markers are those of
the Python that runs it; here they are the given ones. Ends with 1 where pip cannot be told so.
"""

from __future__ import annotations

import json
import runpy
import sys


def set_markers(given: dict[str, str]) -> None:
    """Have pip evaluate every marker with these values in place of its own."""
    from pip._vendor.packaging import markers

    whole = {**markers.default_environment(), **given}
    markers.default_environment = lambda: dict(whole)  # type: ignore[assignment,return-value,unused-ignore]
    for name, value in given.items():
        if not markers.Marker(f"{name} == {value!r}").evaluate():
            sys.exit(f"this pip cannot resolve for another Python: its marker {name} stays as it is")


def main(arguments: list[str]) -> None:
    """Run pip with the arguments after the first."""
    set_markers(json.loads(arguments[0]))
    sys.argv = ["pip", *arguments[1:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
