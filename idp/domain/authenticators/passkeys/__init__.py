"""Passkeys and security keys (Web Authentication Level 3): discoverable, user verified, bound to the issuer's host.

``registration`` and ``authentication`` are the two ceremonies, ``challenge`` what both rest on, ``attestation`` the policy
for officials, ``kept`` what is kept and how its owner changes it. The ``webauthn`` library is imported by the first
ceremony of a process and not before.
"""
