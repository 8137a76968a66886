"""Source text read as syntax or by pattern: what it does and where that is worth a question. Pure; nothing is run.

`analyse_artifact.read` is the way in. Families of rules for Python, by syntax tree, are in `python_cryptography` and
`python_inputs`, those for other languages, by pattern, in `foreign_rules`; `rules` lists every rule with its limits.
"""
