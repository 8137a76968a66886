"""Admission: a second, small program that decides whether a workload may enter a platform.

Needs the standard library and `cryptography`, uses no network, never raises. See `admission.admit`.
"""

from supplytrust.gate.admission import admit

__all__ = ["admit"]
