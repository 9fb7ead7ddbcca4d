"""What each specification asks of the provider, as HTTP exchanges."""
