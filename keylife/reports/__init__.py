"""Data → words: one file a report, in text for people and JSON with a version for programs."""
