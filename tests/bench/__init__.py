"""What the benchmarks decide: how figures are read, what is filled in, and when a plan is refused. Never a timing."""
