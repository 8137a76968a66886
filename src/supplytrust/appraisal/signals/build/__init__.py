"""Was this artifact made by a clean, repeatable build with tools that can be accounted for?"""
