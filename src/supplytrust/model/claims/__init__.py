"""Typed claims: what sources say and signals read. One file a theme, frozen dataclasses only.

A claim's class name is its name in evidence files, so it is unique in this package; adding one is adding
a class here, nothing is registered. Claims name no registry host: files are told by name and digest.
Numbers are int, bool, str or float (floats are written as decimal strings); times are aware datetimes.
"""
