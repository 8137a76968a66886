"""What forges tell about a project: one reader a forge, one common form, and the claims that are drawn from it."""
