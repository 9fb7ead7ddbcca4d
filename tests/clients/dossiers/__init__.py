"""Dossiers at one agency, and how they are followed from elsewhere."""
