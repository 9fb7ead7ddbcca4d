"""The provider's part of the motcua command line."""
