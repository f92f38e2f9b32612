"""Writing a stack's lost ledger anew, from what the issuers and the places still say."""
