"""People at the province's portal, each in a browser of their own at the fake provider."""

import io
import re
from copy import deepcopy
from typing import Any

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.support.browser import Browser
from tests.support.fake_provider import FakeProvider

BIRTH, MARRIAGE, EXTRACT = "1.001193", "1.000894", "2.000635"
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 64 + b"\xff\xd9"
APPLICANT = {
    "full_name": "Trần Quốc Đạt",
    "birthdate": "1990-04-30",
    "phone": "0912 000 002",
    "address": "45 Lê Thánh Tông, phường Hồng Gai, Quảng Ninh",
}
CHILD = {
    **APPLICANT,
    "child_name": "Trần Bảo Ngọc",
    "child_birthdate": "2026-02-20",
    "child_sex": "female",
    "child_birthplace": "Bệnh viện Sản Nhi Quảng Ninh",
    "relation": "father",
    "result_way": "online",
}
RECORD = {**APPLICANT, "record_kind": "birth", "record_name": "Trần Quốc Đạt", "copies": "2", "result_way": "desk"}


class Person(Browser):
    """Somebody at a portal; the provider asks nobody for a password."""

    def __init__(self, app: Flask, provider: FakeProvider, person: dict[str, Any]) -> None:
        super().__init__(app, provider)
        self.app = app
        self.person = deepcopy(person)

    def step(self, address: str) -> str:
        """Be the one who sits before the browser while it is at the provider."""
        before, self.provider.person = self.provider.person, self.person
        try:
            return super().step(address)
        finally:
            self.provider.person = self.person if "/callback" in address else before

    def follow(self, response: TestResponse) -> TestResponse:
        """Follow redirects; the provider answers about this person until the browser stands still."""
        before, self.provider.person = self.provider.person, self.person
        try:
            return super().follow(response)
        finally:
            self.provider.person = before


class Citizen(Person):
    """A citizen who files dossiers."""

    def form(self, procedure: str = BIRTH) -> TestResponse:
        """Open a procedure's form, signing in on the way."""
        return self.open(f"/dossiers/new/{procedure}")

    def send(self, page: TestResponse, procedure: str = BIRTH, **fields: Any) -> TestResponse:
        """Send a form as a browser would, and go nowhere by itself."""
        key = re.search(r'name="submission" value="([^"]+)"', page.text)
        assert key, page.text
        return self.press(page, f"/dossiers/new/{procedure}", **{"submission": key[1], **fields})

    def send_whole(self, page: TestResponse, procedure: str = BIRTH, **fields: Any) -> TestResponse:
        """Send a form in one piece from memory, however large."""
        key, token = (
            re.search(rf'name="{name}"[^>]*value="([^"]+)"', page.text) for name in ("submission", "csrf_token")
        )
        assert key
        assert token
        files = {name: FileStorage(*value) for name, value in fields.items() if isinstance(value, tuple)}
        boundary, body = encode_multipart({**fields, **files, "submission": key[1], "csrf_token": token[1]})
        headers = {"Sec-Fetch-Site": "same-origin"}
        typed = f"multipart/form-data; boundary={boundary}"
        return self.client.post(f"/dossiers/new/{procedure}", data=body, content_type=typed, headers=headers)

    def files(self, procedure: str = BIRTH, **changed: Any) -> TestResponse:
        """Fill in and send a form; gives the page where it ends."""
        return self.follow(self.send(self.form(procedure), procedure, **{**filled(procedure), **changed}))

    def code_of(self, page: TestResponse) -> str:
        """Read a dossier's code from its page."""
        found = re.search(r"H49\.61-\d{6}-\d{4}", page.text)
        assert found, page.text
        return found[0]


class Official(Person):
    """An official at the one-stop desk."""

    def case(self, code: str) -> TestResponse:
        """Open one dossier of the queue."""
        return self.open(f"/queue/{code}")

    def does(self, page: TestResponse, code: str, act: str, comment: str = "") -> TestResponse:
        """Press one of the buttons of a dossier's page."""
        version = re.search(r'name="version" value="(\d+)"', page.text)
        assert version, page.text
        return self.press(page, f"/queue/{code}", act=act, version=version[1], comment=comment)


def filled(procedure: str) -> dict[str, Any]:
    """Give what a citizen fills in."""
    if procedure == BIRTH:
        return {**CHILD, "file_giay_chung_sinh": upload(PDF)}
    if procedure == MARRIAGE:
        return {
            **APPLICANT,
            "partner_name": "Lê Thùy Dương",
            "partner_birthdate": "2001-09-02",
            "marriages_before": "0",
        }
    return dict(RECORD)


def upload(content: bytes, name: str = "giấy chứng sinh.pdf") -> tuple[io.BytesIO, str]:
    """Give a file as a test client sends it."""
    return io.BytesIO(content), name
