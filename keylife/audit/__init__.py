"""What happened, in order, so that a change, a gap or a rollback is seen."""
