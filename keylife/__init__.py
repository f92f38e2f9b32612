"""keylife: every machine credential as a line of reviewed code."""
