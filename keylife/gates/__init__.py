"""The gates that need no engine: each describes what it has, and hands it to the rules."""
