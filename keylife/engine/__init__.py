"""The Pulumi engine from outside, through its CLI: a stack's state, its lock, its providers."""
