"""One YAML document as texts, lists and mappings, built from the parser's events.

libyaml's composer calls itself for every level, and a document of brackets alone ends the process; events come one
after the other. Every scalar stays the text it is: `1.10` is a version, not a number. Aliases refer to the value they
name, so that nothing grows by being repeated.
"""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
DEEPEST = 60


def read(text: str) -> Value:
    """The value of the only document of a text. ValueError for anything else, deeper than 60 levels or not YAML."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C one is ten times as fast, and may be missing
    building = _Building()
    try:
        for event in yaml.parse(text, Loader=loader):
            building.take(event, type(event).__name__)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if building.root is None:
        raise ValueError("no document")
    return building.root


class _Building:
    """The containers that are open, outermost first, each mapping with the key that waits for its value."""

    def __init__(self) -> None:
        self.root: Value | None = None
        self._open: list[tuple[list[Value] | dict[str, Value], list[str]]] = []
        self._anchors: dict[str, Value] = {}

    def take(self, event: object, kind: str) -> None:
        if kind == "ScalarEvent":
            self._place(str(getattr(event, "value", "")), event)
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            made: list[Value] | dict[str, Value] = [] if kind.startswith("S") else {}
            self._place(made, event)
            self._open.append((made, []))
            if len(self._open) > DEEPEST:
                raise ValueError("too deep")
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._open.pop()
        elif kind == "AliasEvent":
            name = getattr(event, "anchor", None)
            if name not in self._anchors:
                raise ValueError("an alias names nothing")
            self._place(self._anchors[name], None)

    def _place(self, value: Value, event: object) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            if self.root is not None:
                raise ValueError("more than one document")
            self.root = value
            return
        container, waiting = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif waiting:
            container[waiting.pop()] = value
        elif isinstance(value, str) and value not in container:
            waiting.append(value)
        else:
            raise ValueError("a key is no text, or stands twice")
