"""The grants of the token endpoint, one file each: its type, who may use it, and only what is unique to it."""
