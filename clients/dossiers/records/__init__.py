"""What one agency keeps of dossiers: one file for each aggregate, whose functions take the caller's unit of work."""
