"""Templates, static files and message catalogues, carried by the wheel as package data."""
