"""Known custom sections. Anyone can write, change or strip them: absent means unknown, present means claimed.

Decoders answer None for contents they cannot read, which is unknown as well, never an error.
"""
