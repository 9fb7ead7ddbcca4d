"""What prepares a clone: the environment, the Debian packages, the catalogues, the commands."""
