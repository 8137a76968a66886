"""Rust crates (purl type `cargo`): the sparse index of the registry that the client is configured for."""
