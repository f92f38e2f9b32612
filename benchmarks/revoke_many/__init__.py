"""Many revokes at once, in made-up systems that fail now and then: rate, calls, memory."""
