"""The identity provider: who a person is, how surely, and what each portal may know of it."""
