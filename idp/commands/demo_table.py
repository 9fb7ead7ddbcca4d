"""The table that ``motcua demo`` prints: what runs where, whom to sign in as, what to try."""

from collections.abc import Sequence

from idp.commands.supervision.plan import Process
from idp.domain.demo_people import DemoPerson, demo_people
from idp.settings import Settings

NAMES = {
    "idp": "Một cửa · the provider, accounts",
    "portal-national": "Cổng Dịch vụ công Quốc gia · national portal",
    "portal-ministry": "Cổng của bộ · a ministry's portal",
    "portal-province": "Cổng của tỉnh · a province's portal",
    "console": "Bàn quản trị · administrators' console",
}


def demo_table(settings: Settings, processes: Sequence[Process]) -> str:
    """Give the table, in both languages."""
    running = [(NAMES.get(process.name, process.name), process.address) for process in processes if process.address]
    return "\n".join(
        [
            "",
            "  Motcua đang chạy · Motcua is running",
            "",
            *_columns(running),
            "",
            "  Đăng nhập với · sign in as",
            "",
            *_columns([_row(person) for person in demo_people()]),
            "",
            *_columns([("Mật khẩu của mọi người · everybody's password", demo_people()[0].password)]),
            "",
            *_columns([("Thư mục · folder", f"{settings.home} (log/*.log)")]),
            "",
            "  Ctrl-C dừng tất cả · stops everything",
            "",
        ]
    )


def _row(person: DemoPerson) -> tuple[str, str, str]:
    return person.sign_in_name, person.name, f"{person.words['vi']} · {person.words['en']}"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
