"""``pulumi up`` of keys, beside a hand-written program that makes the same resources."""
