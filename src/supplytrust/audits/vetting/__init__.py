"""Vetting an upstream project: questions, answers with their grounds, and what of them outlives a new version."""
