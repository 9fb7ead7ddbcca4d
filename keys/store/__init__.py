"""The tables of keys in the provider's database; every function takes the caller's connection and never commits."""
