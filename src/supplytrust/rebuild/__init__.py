"""Build a published file again from its published inputs, contained, and say how close it came."""
