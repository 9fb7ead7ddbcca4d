"""Where the API is, for whoever must know it before an operation is imported; each operation says its own path."""

PREFIX = "/api/"
VALIDATIONS = "/api/signatures/validations"
BATCHES = "/api/signatures/batches"
