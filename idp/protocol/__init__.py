"""What each specification asks, one file per concern, named by the specification's word; knows no web framework."""
