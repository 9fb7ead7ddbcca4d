"""Stories of the provider's frame: middleware, front, errors, language, pages."""
