"""How the allocator of the C library gives memory back. For programs that own their process; a library does not.

With many threads glibc keeps an arena for each few of them, and learns to keep ever larger blocks; reading hundreds
of archives, a process then holds twice what it uses (mallopt(3), M_ARENA_MAX and M_MMAP_THRESHOLD).
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 256 * 1024


def give_back() -> bool:
    """Two arenas, and large blocks returned as soon as they are free. False where the C library has no such switch."""
    try:
        switch = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    wanted = ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, 16 * _LARGE))
    return all(switch(name, value) == 1 for name, value in wanted)
