"""What builds and prepares a clone: the environment, the message catalogues, the written-out reference pages.

Nothing here is installed with Motcua or used by it while it runs.
"""
