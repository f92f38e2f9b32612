"""A revoke that never gives up and never lies: every system refuses, and is seen to refuse."""
