"""The administrators' console: a relying party that uses the management API."""
