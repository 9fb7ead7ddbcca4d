"""Numbers and addresses with most of them hidden: enough to tell two people apart, too little to use (least data)."""

HIDDEN = "•"
SHOWN = 3
"""Digits at the end that stay readable."""


def digits(text: str | None) -> str | None:
    """Hide a personal number, an enterprise code or a phone number but for its end."""
    return None if text is None else HIDDEN * (len(text) - SHOWN) + text[-SHOWN:]


def email(text: str | None) -> str | None:
    """Hide an e-mail address but for its first letter and its host."""
    if text is None:
        return None
    local, _, host = text.rpartition("@")
    return f"{local[:1]}{HIDDEN * 3}@{host}"
