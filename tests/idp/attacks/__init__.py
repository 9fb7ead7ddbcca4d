"""Stories told by the attacker: what somebody in between, a thief or a guesser tries, each through the whole application."""
