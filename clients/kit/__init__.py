"""A Flask extension that gives any portal sign-in, sign-out and an API guard from five settings and discovery."""
