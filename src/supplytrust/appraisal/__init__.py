"""Below the I/O line: evidence, policy, context and time become a record. Pure."""
