"""What others say who read code: cargo-vet files, crev proofs, lists of audits. Strict; nothing is fetched."""
