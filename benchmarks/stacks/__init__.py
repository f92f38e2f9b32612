"""One stack with many keys, against the same keys in ten stacks."""
