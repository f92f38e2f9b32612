"""The `keylife` command: one module a verb; here arguments and the clock are read."""
