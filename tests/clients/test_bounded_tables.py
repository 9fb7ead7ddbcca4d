"""However long a portal runs, its tables do not grow: what is over goes as new rows come."""

from flask import Flask
from sqlalchemy import func, select

from clients.kit.records.database import Base, reading
from tests.support.browser import NAVIGATION, Browser
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider

OF_MODULES = {
    *("procedures", "procedure_copies", "procedure_copy_pages"),
    *("dossiers", "dossier_events", "dossier_attachments", "dossier_serials"),
}
"""Bounded by what they hold, not by time; each module's own tests say how."""


def rows(app: Flask) -> dict[str, int]:
    with app.app_context(), reading() as work:
        return {
            table.name: work.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_a_week_of_visitors_leaves_no_more_than_an_hour_of_them(
    portal: Flask, provider: FakeProvider, clock: StoppedClock
) -> None:
    for _ in range(7 * 8):
        visitor = Browser(portal, provider)
        visitor.sign_in()
        visitor.client.get("/login", headers=NAVIGATION)
        portal.test_client().post("/backchannel-logout", data={"logout_token": provider.logout_token(sid="other")})
        clock.advance(3 * 3600)

    assert max(rows(portal).values()) <= 2
    assert set(rows(portal)) - OF_MODULES == {"browser_sessions", "sign_ins", "used_logout_tokens"}
