"""Judge a software package and say who trusts whom, for what, until when, on which assurances."""

__version__ = "0.1.0"
