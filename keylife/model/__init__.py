"""What a key is: frozen, strict models without clock, files or network."""
