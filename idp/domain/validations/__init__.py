"""Signed documents judged for whoever asks: the service around ``keys.validation``, its batches and its look-ups.

``service`` judges and seals reports, ``policies`` names what may be asked for, ``trust`` keeps the trust store fresh.
The judgement itself is ``keys.validation``; HTTP is ``idp.http``.
"""
