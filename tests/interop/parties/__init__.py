"""Small relying parties on libraries that others wrote, each a program of its own, configured from discovery."""
