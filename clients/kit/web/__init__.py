"""The kit's pages and hooks: Flask meets the rules here, and nowhere else in the kit."""
