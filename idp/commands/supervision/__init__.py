"""Runs the demo's processes as children of one: started together, watched, ended together."""
