"""One parser per signature format, each yielding the same small object (``keys.validation.model``)."""
