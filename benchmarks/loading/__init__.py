"""Declarations from text to a plan, against PyYAML's C loader doing the same."""
