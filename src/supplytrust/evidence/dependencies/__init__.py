"""Who joins and how: from evidence about a package to the graph of what it is built with, linked to and talks to."""
