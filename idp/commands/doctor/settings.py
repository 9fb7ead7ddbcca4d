"""Looks at what settings promise: safety, messages, passkeys, Redis."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from idp.commands.doctor.finding import Finding
from idp.commands.refusals import refusals
from idp.domain.authenticators.passkeys.attestation import read_roots
from idp.domain.authenticators.passkeys.relying_party import obstacle
from idp.settings import Settings


def look_at_safety(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether ``serve`` would start."""
    reasons = refusals(settings)
    for reason in reasons:
        yield Finding("safety", "fault", reason)
    if not reasons:
        yield Finding("safety", "good", "a demo" if settings.demo else f"{settings.issuer} may be served")


def look_at_messages(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether one-time codes can leave."""
    if settings.message_sender == "none":
        yield Finding(
            "messages",
            "note",
            "nothing sends messages, so sign-up and recovery by e-mail are off",
            "set MOTCUA_MESSAGE_SENDER=smtp and MOTCUA_SMTP_URL",
        )
    else:
        yield Finding("messages", "good", f"sent by {settings.message_sender}")


def look_at_passkeys(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether browsers will take passkeys for the issuer's host (Web Authentication §5.1.3: a domain, secure)."""
    host, found = urlsplit(settings.issuer).hostname or "", obstacle(settings)
    if found == "address":
        sentence = f"the issuer's host {host} is an address, and browsers make passkeys for names only: not offered"
        yield Finding("passkeys", "note", sentence, "give the provider a name in MOTCUA_ISSUER")
    elif found == "insecure":
        sentence = "the issuer is not https, and browsers make passkeys over https only: not offered"
        yield Finding("passkeys", "note", sentence, "serve the provider over https")
    else:
        yield Finding("passkeys", "good", f"made for {host}")
    file = settings.official_passkey_roots_file
    if settings.official_passkeys == "attested" and not (file and read_roots(file)):
        sentence = f"no makers' roots in {file}: no official can add a security key or sign in with one"
        yield Finding("passkeys", "fault", sentence, "give PEM certificates in MOTCUA_OFFICIAL_PASSKEY_ROOTS_FILE")


def look_at_redis(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether Redis answers and never drops what it was given."""
    if not settings.redis_url:
        yield Finding("redis", "good", "not used: what is short-lived stands in the database")
        return
    from redis import Redis

    with Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2) as connection:
        policy = connection.config_get("maxmemory-policy")
    kept = dict(policy).get("maxmemory-policy") if isinstance(policy, dict) else None
    if kept == "noeviction":
        yield Finding("redis", "good", "answers, and refuses rather than forgets")
    else:
        sentence = f"its policy is {kept}: under pressure it would forget codes and replay marks"
        yield Finding("redis", "fault", sentence, "set maxmemory-policy noeviction in redis.conf")
