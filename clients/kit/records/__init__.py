"""What a relying party keeps in its own database. The only part of the kit that knows SQLAlchemy.

``database`` opens units of work; each other file is one aggregate, whose functions take the caller's unit of work.
"""
