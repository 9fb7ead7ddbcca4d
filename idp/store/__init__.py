"""What the provider keeps: one repository per aggregate on SQLAlchemy Core, and the ephemeral store."""
