"""What it costs: CPU per request beside a peer, in one run on one machine. Nothing here is part of the suite."""
