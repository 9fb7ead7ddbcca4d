"""Is this document really signed? Validation of document signatures to ETSI EN 319 102-1."""
