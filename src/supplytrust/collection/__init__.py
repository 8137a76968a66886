"""Above the I/O line: what was asked for is resolved, every source is asked, and claims become evidence."""
