"""A portal: one application, configured per site (agency, names, colours, modules)."""
