"""Work that several sources ask for is done once: who comes second waits for the first one's answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar, cast

T = TypeVar("T")
MOST = 24


class _Answer(Generic[T]):
    """A result or an error, and the lock under which it is made."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.made: list[T] = []
        self.error: Exception | None = None


class SingleFlight:
    """Answers by key, the `most` that were used last; safe to share between threads.

    An error is an answer too, so that nobody tries again what cannot succeed within the same call.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _Answer[object]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under this key, made by `make` if it is not there. Raises what `make` raised."""
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        with answer.making:
            if not answer.made and answer.error is None:
                try:
                    answer.made.append(make())
                except Exception as error:
                    answer.error = error
                    raise
        if answer.error is not None:
            raise answer.error
        return cast("T", answer.made[0])

    def clear(self) -> None:
        """Let go of all answers."""
        with self._lock:
            self._answers.clear()
