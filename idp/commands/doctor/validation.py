"""Looks at the validation of signed documents: whether hostile files are confined, and whom the judgement trusts."""

from collections.abc import Iterator

from idp.commands.doctor.finding import Finding
from idp.domain.validations.trust import folder_of
from idp.settings import Settings


def look_at_confinement(_settings: Settings, _now: float) -> Iterator[Finding]:
    """Which walls this machine puts around the process that reads a stranger's file."""
    from keys.validation.sandbox import Pool, Unavailable

    pool = Pool(children=1)
    try:
        found = pool.confinement()
    except Unavailable as error:
        yield Finding("sandbox", "fault", f"no document can be read: {error}", "see that this user may start processes")
        return
    finally:
        pool.close()
    walls = {
        "another user": found.other_user,
        "no new privileges": found.no_new_privileges,
        "Landlock": bool(found.landlock),
        "a filter of system calls": found.seccomp,
    }
    missing = [name for name, holds in walls.items() if not holds]
    if not found.is_sound:
        yield Finding("sandbox", "fault", "a reading process could open files or sockets", "run on another kernel")
    else:
        # What must hold on every kernel holds; the further walls are told, so that an operator can compare machines.
        lacking = f", without {', '.join(missing)}" if missing else ""
        walled = ", ".join(name for name in walls if name not in missing)
        yield Finding("sandbox", "good", f"a hostile file reaches no file, socket or process: {walled}{lacking}")


def look_at_trust(settings: Settings, _now: float) -> Iterator[Finding]:
    """Whether the trust store can be read, and how many authorities it holds."""
    from keys.validation.trust import TrustStoreError, from_directory

    folder = folder_of(settings)
    try:
        store = from_directory(folder)
    except TrustStoreError as error:
        yield Finding("trust", "fault", str(error), f"mend or remove the file in {folder}")
        return
    counts = {str(name): len(anchors) for name, anchors in store.hierarchies.items()}
    if counts:
        yield Finding("trust", "good", "trusts " + ", ".join(f"{n} {name}" for name, n in counts.items()))
    else:
        yield Finding("trust", "good", f"nobody but our own authorities: {folder} holds none")
