"""Lists in pages: how many, and behind which one. The cursor is the last item's identifier: nothing is skipped or shown twice."""

from pydantic import BaseModel, ConfigDict, Field

MAX = 100


class Page(BaseModel):
    """Which part of a list is wanted."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field("", max_length=128, pattern=r"^[A-Za-z0-9._~-]*$", description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MAX, description="Items of a page at most")
