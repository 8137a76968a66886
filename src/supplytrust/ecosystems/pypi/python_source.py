"""Python text to a syntax tree, as `supplytrust.code` reads it."""

from supplytrust.code.python_source import LONGEST, dotted, is_docstring, tree

__all__ = ["LONGEST", "dotted", "is_docstring", "tree"]
