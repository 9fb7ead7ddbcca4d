"""Messages are complete in both languages, wait sealed, and are shown on a page only in the demo."""

import ssl
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError
from sqlalchemy import select

from idp.data import read_json
from idp.domain import message_senders, messages, outbox
from idp.domain.message_senders import DemoSender, SmtpSender, channels, demo_box, senders
from idp.domain.messages import Outgoing, Recipient, post, written
from idp.settings import Settings
from idp.store import demo_messages as store
from idp.store.database import Database
from keys.sealing import Sealer
from tests.idp.accounts.conftest import ISSUER, Mailbox, everything_kept
from tests.support.clock import StoppedClock
from tests.support.mail import FakeMailServer

TEXTS = read_json("message_texts.json")["texts"]
PHONE = Recipient("phone", "+84912345678")


def names_in(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("text", TEXTS)
def test_both_languages_say_the_same_with_the_same_values(text: str) -> None:
    vietnamese, english = TEXTS[text]["vi"], TEXTS[text]["en"]
    assert all(words.strip() for language in (vietnamese, english) for words in language.values())
    assert names_in(vietnamese["body"]) == names_in(english["body"])
    assert not names_in(vietnamese["subject"]) | names_in(english["subject"])
    assert len(vietnamese["subject"]) < 60


def test_a_message_is_written_in_its_readers_language() -> None:
    assert written("confirmation_code", "vi", issuer=ISSUER, code="123456", minutes=10)[1].startswith("Mã xác nhận")
    assert "123456" in written("confirmation_code", "en", issuer=ISSUER, code="123456", minutes=10)[1]
    assert written("account_closed", "fr", issuer=ISSUER)[0] == "Tài khoản đã đóng"


def test_a_text_or_value_that_is_not_there_posts_nothing(database: Database, sealer: Sealer, mailbox: Mailbox) -> None:
    for text, values in (("no_such_text", {}), ("confirmation_code", {"code": "123456"})):
        with pytest.raises(KeyError), database.write() as connection:
            post(connection, sealer, PHONE, text, now=1.0, **values)
    assert mailbox.post() == []


def test_a_code_waits_sealed_and_arrives(
    database: Database, sealer: Sealer, clock: StoppedClock, mailbox: Mailbox
) -> None:
    with database.write() as connection:
        post(connection, sealer, PHONE, "confirmation_code", now=clock(), code="271828", minutes=10)
    with database.read() as connection:
        kept = everything_kept(connection)
    assert "271828" not in kept
    assert "912345678" not in kept
    (message,) = mailbox.post()
    assert message.recipient == PHONE
    assert "271828" in message.body
    assert ISSUER in message.body


def test_a_channel_without_sender_is_tried_again_later(
    database: Database, sealer: Sealer, clock: StoppedClock, mailbox: Mailbox
) -> None:
    with database.write() as connection:
        post(connection, sealer, PHONE, "account_closed", now=clock())
    handler = messages.handler([], sealer, ISSUER, clock)
    (message,) = outbox.lease(database, (messages.MESSAGE,), clock, 10)
    assert not outbox.deliver(database, handler, message, clock)
    clock.advance(60)
    assert len(mailbox.post()) == 1


def test_what_comes_too_late_to_be_of_use_is_not_sent(
    database: Database, sealer: Sealer, clock: StoppedClock, mailbox: Mailbox
) -> None:
    with database.write() as connection:
        for text, values in (("confirmation_code", {"code": "271828", "minutes": 10}), ("account_closed", {})):
            until = clock() + 600 if values else None
            post(connection, sealer, PHONE, text, now=clock(), good_until=until, **values)
    clock.advance(601)
    assert [message.subject for message in mailbox.post()] == ["Tài khoản đã đóng"]
    assert outbox.lease(database, (messages.MESSAGE,), clock, 10) == []


class TestDemo:
    @pytest.fixture
    def demo(self, database: Database, sealer: Sealer, clock: StoppedClock) -> DemoSender:
        return DemoSender(database, sealer, clock)

    def message(self, number: int = 1) -> Outgoing:
        return Outgoing(str(number), PHONE, "Mã xác nhận", f"Mã của bạn là {number:06}")

    def test_a_message_is_shown_once_however_often_it_is_sent(
        self, database: Database, sealer: Sealer, clock: StoppedClock, demo: DemoSender
    ) -> None:
        demo.send(self.message())
        demo.send(self.message())
        with database.read() as connection:
            (shown,) = demo_box(connection, sealer)
        assert (shown.recipient, shown.body, shown.sent_at) == (PHONE, "Mã của bạn là 000001", clock())

    def test_it_is_kept_sealed(self, database: Database, demo: DemoSender) -> None:
        demo.send(self.message())
        with database.read() as connection:
            assert "000001" not in everything_kept(connection)

    def test_only_the_newest_are_kept(
        self,
        database: Database,
        sealer: Sealer,
        clock: StoppedClock,
        demo: DemoSender,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(store, "KEPT", 3)
        for number in range(5):
            demo.send(self.message(number))
            clock.advance(1)
        with database.read() as connection:
            assert [shown.body[-1] for shown in demo_box(connection, sealer)] == ["4", "3", "2"]
            assert len(connection.execute(select(store.demo_messages)).all()) == 3


class TestChoice:
    def settings(self, **given: object) -> Settings:
        return Settings(issuer="https://motcua.example", **given)  # type: ignore[arg-type]

    def test_without_a_sender_nobody_can_be_reached(self, database: Database, sealer: Sealer) -> None:
        settings = self.settings()
        assert channels(settings) == frozenset()
        assert senders(settings, database, sealer, StoppedClock()) == []

    def test_messages_are_shown_in_the_demo_and_nowhere_else(self, database: Database, sealer: Sealer) -> None:
        demo, serious = self.settings(demo=True), self.settings(message_sender="demo")
        assert channels(demo) == {"phone", "email"}
        assert isinstance(senders(demo, database, sealer, StoppedClock())[0], DemoSender)
        assert channels(serious) == frozenset()
        assert senders(serious, database, sealer, StoppedClock()) == []

    def test_smtp_reaches_e_mail_and_a_plugged_in_gateway_phones(self, database: Database, sealer: Sealer) -> None:
        settings = self.settings(
            message_sender="smtp", smtp_url="smtp://localhost:2525", sms_sender=f"{__name__}:make_gateway"
        )
        assert channels(settings) == {"phone", "email"}
        mail, gateway = senders(settings, database, sealer, StoppedClock())
        assert isinstance(mail, SmtpSender)
        assert gateway.channels == {"phone"}

    @pytest.mark.parametrize("name", ["nowhere:make", "idp.domain.messages:nothing", "idp.domain.messages", ":x"])
    def test_a_gateway_that_is_not_there_is_said_by_its_setting(self, name: str) -> None:
        with pytest.raises(ValueError, match="MOTCUA_SMS_SENDER"):
            message_senders.plugged_in(self.settings(sms_sender=name))

    def test_an_unknown_sender_is_refused_by_the_settings(self) -> None:
        with pytest.raises(ValidationError):
            self.settings(message_sender="pigeon")


class Gateway:
    channels = frozenset({"phone"})

    def send(self, message: Outgoing) -> None:
        raise NotImplementedError


def make_gateway(settings: Settings) -> Gateway:
    return Gateway()


class TestSmtp:
    @pytest.fixture
    def server(self) -> Iterator[FakeMailServer]:
        with FakeMailServer() as server:
            yield server

    def sender(self, server: FakeMailServer, tmp_path: Path | None = None, user: str = "") -> SmtpSender:
        password = None
        if tmp_path is not None:
            password = tmp_path / "smtp-password"
            password.write_text("a secret of the mail server\n")
        return SmtpSender(
            Settings(
                issuer="https://motcua.example",
                message_sender="smtp",
                smtp_url=f"smtp://{user}127.0.0.1:{server.port}",
                smtp_password_file=password,
                message_from="khong-tra-loi@motcua.example",
            )
        )

    def test_an_e_mail_arrives_whole_with_its_diacritics(self, server: FakeMailServer) -> None:
        recipient = Recipient("email", "khai@example.vn")
        self.sender(server).send(Outgoing("an-id", recipient, "Mã xác nhận của bạn", "Mã là 271828."))
        (mail,) = server.received
        assert (mail["To"], mail["From"]) == ("khai@example.vn", "khong-tra-loi@motcua.example")
        assert (mail["Subject"], mail["Message-ID"]) == ("Mã xác nhận của bạn", "<an-id@motcua.example>")
        assert mail["Content-Language"] == "vi"
        assert mail.get_content().strip() == "Mã là 271828."

    def test_the_user_signs_in_with_the_password_of_the_file(self, server: FakeMailServer, tmp_path: Path) -> None:
        recipient = Recipient("email", "khai@example.vn")
        self.sender(server, tmp_path, "motcua@").send(Outgoing("an-id", recipient, "s", "b"))
        assert server.signed_in == ["\0motcua\0a secret of the mail server"]

    def test_a_refusing_server_means_not_yet(self, server: FakeMailServer) -> None:
        server.refuses = True
        with pytest.raises(OSError, match="try later"):
            self.sender(server).send(Outgoing("an-id", Recipient("email", "khai@example.vn"), "s", "b"))

    def test_nothing_goes_to_another_machine_in_the_clear(self) -> None:
        with FakeMailServer("127.0.0.2") as server:
            settings = Settings(issuer=ISSUER, message_sender="smtp", smtp_url=f"smtp://127.0.0.2:{server.port}")
            with pytest.raises(OSError, match="STARTTLS"):
                SmtpSender(settings).send(Outgoing("an-id", Recipient("email", "khai@example.vn"), "s", "b"))
        assert server.received == []

    def test_a_server_with_a_strangers_certificate_gets_nothing(self, tmp_path: Path) -> None:
        with FakeMailServer(tls=self_signed(tmp_path)) as server:
            settings = Settings(issuer=ISSUER, message_sender="smtp", smtp_url=f"smtps://127.0.0.1:{server.port}")
            with pytest.raises(ssl.SSLCertVerificationError):
                SmtpSender(settings).send(Outgoing("an-id", Recipient("email", "khai@example.vn"), "s", "b"))
        assert server.received == []


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    ).sign(key, SHA256())
    file = folder / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
