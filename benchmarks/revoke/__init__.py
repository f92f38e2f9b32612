"""Revoking by keylife, and by a script that makes the same calls one after the other."""
