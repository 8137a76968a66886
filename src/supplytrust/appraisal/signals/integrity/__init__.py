"""Are the source inputs what we expect, and exactly which source version made this artifact?"""
