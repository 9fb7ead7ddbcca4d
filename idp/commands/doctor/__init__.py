"""``motcua doctor``: looks at an installation and says what is wrong with it and how to mend it.

Each file beside this one looks at one thing; a part that can tell more about itself adds its own to ``CHECKS``.
"""
