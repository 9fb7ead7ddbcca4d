"""For the operator: is the process alive (``/healthz``), can it serve (``/readyz``), what did it count (``/metrics``).

Owns these three answers. What must be there before the process can serve is handed in as checks.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address

from idp.errors import NotFound
from idp.http.front import Endpoint
from idp.logging import get_logger
from idp.metrics import exposition
from idp.protocol.exchange import MachineRequest, Reply, json_reply

Check = Callable[[], object]
"""Returns when its part can be used, raises when not."""

_log = get_logger("health")


def health_endpoints(checks: Mapping[str, Check]) -> dict[str, Endpoint]:
    """Give the operator's endpoints.

    :param checks: name of a part that must be there (``database`` …) to the check that tries it.
    """

    def readyz(_request: MachineRequest) -> Reply:
        states = {name: _state(name, check) for name, check in checks.items()}
        ready = all(state == "ok" for state in states.values())
        return json_reply(200 if ready else 503, {"ready": ready, **states})

    return {
        "/healthz": Endpoint(healthz, ("GET",)),
        "/readyz": Endpoint(readyz, ("GET",)),
        "/metrics": Endpoint(metrics, ("GET",)),
    }


def healthz(_request: MachineRequest) -> Reply:
    """The process answers: it need not be restarted."""
    return json_reply(200, {"alive": True})


def metrics(request: MachineRequest) -> Reply:
    """The process's numbers, for callers on the same machine that no proxy passed on; nobody else learns of them."""
    if not _is_local(request):
        raise NotFound("There is nothing at this address.")
    body, media_type = exposition()
    return Reply(200, body, (("Content-Type", media_type),))


def _is_local(request: MachineRequest) -> bool:
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via")):
        return False
    try:
        return not request.remote_address or ip_address(request.remote_address).is_loopback
    except ValueError:
        return False


def _state(name: str, check: Check) -> str:
    try:
        check()
    except Exception as error:
        _log.warning("not ready", part=name, exc_info=error)
        return "unavailable"
    return "ok"
