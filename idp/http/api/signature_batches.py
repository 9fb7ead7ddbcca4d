"""``/api/signatures/batches``: many documents in one request, judged by the worker, and how far they are.

An ``Idempotency-Key`` makes a repeated request safe (draft-ietf-httpapi-idempotency-key-header). What a batch may hold is
``idp.domain.validations.batches``'.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from idp.domain.validations import batches
from idp.domain.validations.batches import MOST, Asked, Progress
from idp.http.api.addresses import BATCHES
from idp.http.api.operation import Call, Operation
from idp.http.api.problems import Fault, Mistake
from idp.http.api.signature_models import ValidationRequest, decoded
from idp.http.api.signatures import SCOPE, asked_of
from idp.protocol.exchange import NO_STORE, Reply
from idp.store import validation_batches as store
from idp.store.validation_batches import BatchRow, ItemRow
from keys.jose import b64url_decode
from keys.validation.policy import Mode

LONGEST_KEY = 255


class BatchRequest(BaseModel):
    """Documents to be judged, each with its own parameters."""

    model_config = ConfigDict(extra="forbid")

    documents: list[ValidationRequest] = Field(min_length=1, max_length=MOST)


class BatchItem(BaseModel):
    """One document of a batch."""

    position: int = Field(description="Its place in the request, from 0")
    name: str
    state: Literal["waiting", "done", "failed"]
    indication: str | None = Field(
        description="The worst of its signatures; null while it waits or without a signature"
    )
    sub_indication: str | None
    report: dict[str, Any] | None = Field(description="The report, if it is a simple or a detailed one")
    sealed_report: str | None = Field(description="The report inside our seal, a compact JWS")


class Batch(BaseModel):
    """How far a batch is."""

    id: str
    state: Literal["waiting", "done"]
    documents: int
    finished: int
    created_at: int = Field(description="Unix seconds")
    expires_at: int = Field(description="Unix seconds: until then it can be asked after")
    items: list[BatchItem]
    next: int | None = Field(description="`after` of the next part; null on the last")


class Part(BaseModel):
    """Which part of the documents is wanted."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(-1, ge=-1, le=MOST, description="`next` of the part before")
    limit: int = Field(20, ge=1, le=MOST)


def begin(call: Call) -> Reply:
    """Take a batch."""
    asked = list(_asked(call.body(BatchRequest)))
    digest = hashlib.sha256(call.request.body).hexdigest()
    client = call.caller.client
    batch = batches.begin(call.services, client.client_id, client.subject_sector, asked, digest, _key(call))
    body = _told(Progress(batch, {store.WAITING: batch.items}, ())).model_dump_json().encode()
    location = f"{call.services.settings.issuer}{BATCHES}/{batch.id}"
    return Reply(202, body, (("Content-Type", "application/json"), ("Location", location), *NO_STORE))


def shown(call: Call) -> Batch:
    """Say how far a batch is."""
    part = call.query(Part)
    client_id = call.caller.client.client_id
    return _told(batches.progress(call.services, client_id, call.path["batch_id"], part.after, part.limit))


def _asked(request: BatchRequest) -> Iterator[Asked]:
    for position, each in enumerate(request.documents):
        try:
            document = decoded(each.document)
        except ValueError as error:
            mistake = Mistake(where=f"body.documents.{position}.document", detail=str(error))
            raise Fault(422, "the body does not fit what this operation takes", [mistake]) from None
        question = asked_of(each, document, [content.content() for content in each.contents]).question
        yield Asked(question, each.policy, Mode(each.mode), each.report or "simple")


def _key(call: Call) -> str | None:
    key = call.request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Fault(400, f"an Idempotency-Key has at most {LONGEST_KEY} visible characters")
    return key or None


def _told(progress: Progress) -> Batch:
    batch: BatchRow = progress.batch
    last = progress.items[-1][0].position if progress.items else batch.items - 1
    return Batch(
        id=batch.id,
        state="done" if progress.finished == batch.items else "waiting",
        documents=batch.items,
        finished=progress.finished,
        created_at=int(batch.created_at),
        expires_at=int(batch.expires_at),
        items=[_item(row, seal) for row, seal in progress.items],
        next=last if last < batch.items - 1 else None,
    )


def _item(row: ItemRow, seal: str) -> BatchItem:
    in_json = seal and row.report_kind in ("simple", "detailed")
    return BatchItem(
        position=row.position,
        name=row.name,
        state=row.state,
        indication=row.indication,
        sub_indication=row.sub_indication,
        report=json.loads(b64url_decode(seal.split(".")[1])) if in_json else None,
        sealed_report=seal or None,
    )


OPERATIONS = (
    Operation(
        "POST",
        BATCHES,
        "begin_validation_batch",
        "Have many documents judged",
        SCOPE,
        begin,
        Batch,
        body=BatchRequest,
        status=202,
        role=None,
        acr="",
        also=(429,),
        description=f"At most {MOST} documents. With an `Idempotency-Key` a repeated request makes no second batch.",
    ),
    Operation(
        "GET",
        f"{BATCHES}/{{batch_id}}",
        "show_validation_batch",
        "How far a batch is, and its reports",
        SCOPE,
        shown,
        Batch,
        Part,
        role=None,
        acr="",
    ),
)
