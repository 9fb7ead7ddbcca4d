"""What the specifications ask of a relying party and a resource server. Knows no Flask and no database."""
