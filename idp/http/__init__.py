"""Pages and the WSGI front of the provider: the only layer that knows Flask, forms and templates."""
