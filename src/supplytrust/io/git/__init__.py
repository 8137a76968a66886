"""Git objects and logs, read from a view of our own; the one room that starts git."""
