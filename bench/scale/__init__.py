"""Growth: what a request costs with ten thousand, a million and ten million accounts in the database."""
