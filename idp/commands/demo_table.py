"""The table that ``motcua demo`` prints: what runs where, whom to sign in as, what to try; in both languages."""

from collections.abc import Iterator, Sequence

from idp.commands.supervision.plan import Process
from idp.data import read_json
from idp.domain.certificates.demo_keys import demo_keys
from idp.domain.demo_people import demo_people
from idp.settings import Settings

PROVIDER = "Một cửa · the provider, your account"


def demo_table(settings: Settings, processes: Sequence[Process]) -> str:
    """Give the table."""
    names = _names()
    running = [(process.address, names.get(process.name, process.name)) for process in processes if process.address]
    people = [(it.sign_in_name, it.name, f"{it.words['vi']} · {it.words['en']}") for it in demo_people()]
    sections = (
        ("Motcua đang chạy · Motcua is running", running),
        (f"Đăng nhập với, mật khẩu · sign in as, password: {demo_people()[0].password}", people),
        (
            f"Đăng nhập bằng tệp khóa tại · sign in with a key file at {settings.issuer}/signin/certificate",
            _key_files(settings),
        ),
        ("Hãy thử · try", _to_try(settings)),
        ("Thư mục · folder", [(str(settings.home), "log/*.log, demo-keys/")]),
    )
    body = [line for heading, rows in sections for line in ("", f"  {heading}", "", *_columns(rows))]
    return "\n".join([*body, "", "  Ctrl-C dừng tất cả · stops everything", ""])


def _names() -> dict[str, str]:
    """Each process's name is the one that its own pages bear and that the provider has it registered under."""
    clients = read_json("demo_clients.json")["clients"]
    return {"idp": PROVIDER} | {
        row["client_id"]: f"{row['client_name#vi']} · {row['client_name#en']}" for row in clients
    }


def _key_files(settings: Settings) -> list[tuple[str, str, str]]:
    """Both files of each person, in the folder ``demo-keys``, are chosen on the page; neither is ever sent."""
    protected = "mật khẩu của khóa như trên · passphrase as above"
    return [
        (each.name, f"{each.key_file.name} + {each.certificate_file.name}", protected if each.passphrase else "")
        for each in demo_keys(settings.home)
    ]


def _to_try(settings: Settings) -> list[tuple[str, str]]:
    sites = settings.site_urls
    return [
        (sites["national"], "đăng nhập một lần · sign in once"),
        (sites["ministry"], "đã được nhận ra · you are known"),
        (
            f"{sites['national']}/procedures",
            "tìm “khai sinh”, nộp hồ sơ tại tỉnh · search “khai sinh”, file it at the province",
        ),
        (f"{sites['province']}/queue", "một cửa tiếp nhận hồ sơ · its one-stop desk receives it"),
        (f"{sites['national']}/dossiers", "theo dõi hồ sơ · follow the dossier"),
        (
            f"{settings.console_url}/certificates",
            "thu hồi chứng thư, nơi nào cũng từ chối · revoke a certificate, see it refused",
        ),
        (f"{settings.issuer}/account", "thiết bị, cổng đã kết nối · devices, connected portals"),
        (f"{settings.issuer}/demo/messages", "tin nhắn đã gửi, mã của cán bộ · messages sent, officials' codes"),
        (f"{settings.issuer}/logout", "đăng xuất khỏi mọi nơi · sign out of everything"),
    ]


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "    " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
