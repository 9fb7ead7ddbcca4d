"""Attachments: small PDF and JPEG files, believed by their bytes alone, kept in the database and never run.

Whatever a file is called and whatever its sender says it is, only its bytes decide. What could act when it is opened is
refused; what is kept is given back as a download that no browser interprets (``views``).
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from clients.dossiers.practice import practice
from clients.dossiers.records.dossiers import Attachment

PDF, JPEG = "application/pdf", "image/jpeg"
ENDINGS = {PDF: ".pdf", JPEG: ".jpg"}
ACCEPT = ".pdf,.jpg,.jpeg,application/pdf,image/jpeg"
_ACTS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|OpenAction|AA|SubmitForm|ImportData)\b")
"""What makes a PDF do something by itself (ISO 32000-1 §12.6, §7.11.4)."""
_HEXED = re.compile(rb"#([0-9A-Fa-f]{2})")
_UNFIT = re.compile(r"[^\w .,()+-]+")


class AttachmentRefused(Exception):
    """A file is not taken; the text is for its sender."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that was checked: for which document, how it is called, what it is."""

    document: str
    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """Its SHA-256 in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def row(self, dossier_id: str) -> Attachment:
        """Give it as it is kept."""
        return Attachment(
            id=str(uuid.uuid4()),
            dossier_id=dossier_id,
            document=self.document,
            name=self.name,
            media_type=self.media_type,
            size=len(self.content),
            digest=self.digest,
            content=self.content,
        )


def field_of(key: str) -> str:
    """Give the name of the form's field for a document's file."""
    return f"file_{key}"


def read_uploads(procedure: Mapping[str, Any], files: Mapping[str, FileStorage]) -> tuple[list[Upload], dict[str, str]]:
    """Read the files of a form; gives those that are taken, and what is wrong by document."""
    uploads, wrong = [], {}
    for paper in procedure["documents"]:
        sent = files.get(field_of(paper["key"]))
        if sent is None or not sent.filename:
            if paper["required"]:
                wrong[paper["key"]] = gettext("Please attach this paper as a PDF or JPEG file.")
            continue
        try:
            uploads.append(take(paper["key"], sent.filename, sent.stream.read(practice().attachment_bytes + 1)))
        except AttachmentRefused as refused:
            wrong[paper["key"]] = str(refused)
    return uploads, wrong


def take(document: str, name: str, content: bytes) -> Upload:
    """Check one file.

    :raises AttachmentRefused: for one that is empty, too large, neither PDF nor JPEG, or that would act when opened.
    """
    if not content:
        raise AttachmentRefused(gettext("The file is empty."))
    if len(content) > practice().attachment_bytes:
        most = practice().attachment_bytes // (1024 * 1024)
        raise AttachmentRefused(gettext("The file is larger than %(most)d MB.", most=most))
    media_type = sniff(content)
    if media_type is None:
        raise AttachmentRefused(gettext("Only PDF and JPEG files are taken, and this is neither."))
    if media_type == PDF and _acts_by_itself(content):
        raise AttachmentRefused(
            gettext("This PDF holds scripts, actions or other files. Please print it to a plain PDF.")
        )
    return Upload(document, plain_name(name, media_type), media_type, content)


def sniff(content: bytes) -> str | None:
    """Say what a file is by its bytes; nothing for what is not wholly a PDF or a JPEG from its first byte on."""
    if re.match(rb"%PDF-(1\.[0-7]|2\.0)[\r\n]", content) and b"%%EOF" in content[-1024:]:
        return PDF
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return JPEG
    return None


def plain_name(name: str, media_type: str) -> str:
    """Give a name that is safe to show and to save: its last part, letters and digits, with the ending of what it is."""
    stem = re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]
    plain = _UNFIT.sub("_", stem.replace("\ufffd", "_")).strip(" ._")[:80]
    return (plain or "tep") + ENDINGS[media_type]


def _acts_by_itself(content: bytes) -> bool:
    """Look for what acts, its name written plainly or with ``#`` codes (ISO 32000-1 §7.3.5)."""
    plain = _HEXED.sub(lambda match: bytes([int(match[1], 16)]), content)
    return _ACTS.search(plain) is not None


def fingerprints(uploads: Sequence[Upload]) -> list[list[str]]:
    """Give what makes two sets of files the same."""
    return sorted([upload.document, upload.digest] for upload in uploads)
