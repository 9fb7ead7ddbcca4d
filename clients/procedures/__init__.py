"""The catalogue of administrative procedures: what can be asked of the administration, where, with what, for how much.

Published on one portal; others hold copies that they take from its API.
"""
