"""Dossiers at one agency's single window: filed, received with an appointment, processed, followed.

What a procedure asks for comes as a copy from the portal that publishes the catalogue.
"""
