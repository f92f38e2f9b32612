"""``keylife check`` against OPA with the same rules on the same declarations."""
