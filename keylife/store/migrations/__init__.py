"""How the store came to its present tables, one file a revision."""
