"""A crowd at one moment: as many threads as are asked for, let go together, each with a unit of work of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask

from clients.dossiers import filing, processing
from clients.dossiers.filing import Applicant, Submission
from clients.dossiers.processing import ChangedMeanwhile, Official
from clients.procedures import catalogue

EXTRACT = next(it for it in catalogue.read(catalogue.built_in()) if it["code"] == "2.000635")


@dataclass(frozen=True)
class Crowd:
    """A crowd at one province."""

    app: Flask
    now: int

    def at_once(self, number: int, act: Callable[[int], Any]) -> list[Any]:
        """Let so many threads do something together; gives what each got."""
        together = threading.Barrier(number)

        def one(which: int) -> Any:
            with self.app.app_context():
                together.wait(10)
                return act(which)

        with ThreadPoolExecutor(number) as threads:
            return list(threads.map(one, range(number)))

    def file_at_once(self, number: int) -> list[str]:
        """So many people file at the same moment; gives the codes."""
        return self.at_once(number, lambda which: self._submit(f"person-{which}", "one-key-for-each-form"))

    def send_the_same_at_once(self, number: int) -> list[str]:
        """One person's form arrives so many times at the same moment; gives the codes that were answered."""
        return self.at_once(number, lambda _: self._submit("person-same", "the-very-same-form-key"))

    def receive_at_once(self, code: str, number: int) -> tuple[int, int]:
        """So many officials receive one dossier at the same moment; gives how many won and how many were told."""

        def receive(which: int) -> bool:
            official = Official(f"official-{which}", f"Cán bộ {which}", ("receiver",))
            try:
                processing.perform(code, "receive", 1, official, "", self.now)
            except ChangedMeanwhile:
                return False
            return True

        done = self.at_once(number, receive)
        return done.count(True), done.count(False)

    def _submit(self, subject: str, key: str) -> str:
        applicant = Applicant(subject, "Người nộp", "urn:vn:eid:loa2", "portal-province")
        submission = Submission(key, EXTRACT, {"full_name": "Người nộp"})
        return filing.submit(submission, applicant, "H49", self.now).code
