"""What happened, when, by whom: the local event log and the history read from it."""
