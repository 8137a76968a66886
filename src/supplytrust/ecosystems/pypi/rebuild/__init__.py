"""How a Python package is built again: recipe, interpreters, dated environments, PEP 517 hooks."""
