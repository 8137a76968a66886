"""Readers and writers of formats, each written once: strict TOML, JSON and YAML, the record codec, atomic files."""
