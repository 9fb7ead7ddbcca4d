"""Everything a person sees: one file per page or small family of pages, each a blueprint, with thin views.

A view reads the form, asks one function of ``idp.domain`` or ``idp.protocol``, and shows the result.
"""
