"""Stories of people at the provider's pages, told through the pages' own links, fields and buttons."""
