"""What the worker does when nobody waits: hands on the outbox's messages, and keeps the periodic duties.

``loop`` is the worker, ``waking`` how a commit wakes it, ``duties`` what it does again and again. What a message means
is its handler's affair; which handlers and duties there are is put together in ``idp.commands.worker``.
"""

from idp.domain.work.loop import Duty, Worker

__all__ = ["Duty", "Worker"]
