"""Readers of what others wrote, one room a kind of document; what they read becomes typed claims."""
