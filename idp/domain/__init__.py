"""What the provider decides: accounts, authenticators, assurance, sessions, consents, clients, tokens, audit."""
