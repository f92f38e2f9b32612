"""What the policy pack adds to a preview, beside a pack with one rule that does nothing."""
