"""Source text read as syntax or by pattern: what it does and where that is worth a question. Pure; nothing is run.

`reading.read` is the way in. One file a family of rules lies in `python/` (Python, by syntax tree) and one file a
language group in `foreign/` (C, Rust, JavaScript, Go, by pattern); `rules` lists every rule with its limits.
"""
