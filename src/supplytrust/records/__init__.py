"""The bytes of what is kept and passed on: strict reading, canonical writing, signed envelopes, exports."""
