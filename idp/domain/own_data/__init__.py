"""Everything held about one person, for that person: gathered table by table, with nothing secret in it."""
