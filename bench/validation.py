"""What a verdict costs, beside its peers, in one interleaved run: `python -m bench.validation`.

PAdES beside pyHanko's own validation; XAdES and JAdES beside the bare work that nobody can avoid (parsing,
canonicalization, digests, one signature check); the same verdict with lists of a thousand to a million revoked
certificates; the memory of a process that parses. Times are CPU milliseconds of this process, the best of several
rounds, so other work on the machine moves them little; ratios are what counts.
"""

import asyncio
import datetime as dt
import json
import resource
import subprocess
import sys
import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator.context import ValidationContext

from keys.validation import facade, intake
from keys.validation.pkix import load
from keys.validation.revocation import Crl, CrlSource
from keys.validation.trust import Anchor, TrustStore
from tests.support import tsa
from tests.support.documents import jades as jades_maker
from tests.support.documents import pades
from tests.support.documents import xades as xades_maker
from tests.support.stories import CLOCK, world

ROUNDS, SECONDS = 7, 0.25
GOOD = world("good")
AT = CLOCK["now"]
TRUST = TrustStore((Anchor(load(GOOD.root.der)),))
_DS = {"ds": "http://www.w3.org/2000/09/xmldsig#", "xades": "http://uri.etsi.org/01903/v1.3.2#"}


def main() -> None:
    source = CrlSource(GOOD.fresh_crls("now"))

    def ours(document: bytes) -> Callable[[], Any]:
        return lambda: facade.validate(document, trust=TRUST, sources=[source], at=AT, now=AT, parse=intake.parse)

    pdf = pades(GOOD, "B")
    _table("PAdES-B beside pyHanko", {"ours": ours(pdf), "pyHanko": lambda: _pyhanko(pdf)}, "at most 1.2")
    for size, filler in (("small", 0), ("1 MB", 1_000_000)):
        xml, jws = xades_maker(GOOD, "B", filler), jades_maker(GOOD, "B", filler)
        for name, document, bare in (("XAdES-B", xml, _bare_xades), ("JAdES-B", jws, _bare_jades)):
            rows = {
                "verdict": ours(document),
                "parse and verify": lambda document=document: intake.parse(document),
                "bare": lambda document=document, bare=bare: bare(document),
            }
            _table(f"{name}, {size}, beside bare cryptography and canonicalization", rows, "at most 1.5")
    _lists()
    _memory()


def _table(title: str, rows: dict[str, Callable[[], Any]], goal: str) -> None:
    """Each row's CPU time in interleaved rounds; the last row is the measure of the others."""
    best = dict.fromkeys(rows, float("inf"))
    for _ in range(ROUNDS):
        for name, act in rows.items():
            best[name] = min(best[name], _cost(act))
    peer = list(best)[-1]
    print(f"\n{title} (goal: {goal})")
    for name, cost in best.items():
        print(f"  {name:<20} {cost * 1e3:9.3f} ms   {cost / best[peer]:6.2f} x")


def _cost(act: Callable[[], Any]) -> float:
    act()
    began, times = time.process_time(), 0
    while (spent := time.process_time() - began) < SECONDS:
        act()
        times += 1
    return spent / times


def _pyhanko(document: bytes) -> None:
    """pyHanko's verdict on the one signature: integrity, difference analysis, chain, required revocation."""
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(GOOD.root.der)],
        other_certs=[asn1_x509.Certificate.load(GOOD.issuing.der)],
        crls=GOOD_LISTS,
        revocation_mode="require",
        moment=AT,
    )
    (embedded,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    status = asyncio.run(async_validate_pdf_signature(embedded, context))
    assert status.bottom_line


GOOD_LISTS = GOOD.fresh_crls("now")


def _bare_xades(document: bytes) -> None:
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True, resolve_entities=False))
    signature = root.find("ds:Signature", _DS)
    info, value = signature.find("ds:SignedInfo", _DS), signature.find("ds:SignatureValue", _DS)
    properties = signature.find(".//xades:SignedProperties", _DS)
    certificate = x509.load_der_x509_certificate(b64decode(signature.find(".//ds:X509Certificate", _DS).text))
    signed = _c14n(info)
    first, second = (b64decode(each.text) for each in info.findall("ds:Reference/ds:DigestValue", _DS))
    assert sha256(_c14n(properties)).digest() == second
    root.remove(signature)
    assert sha256(_c14n(root)).digest() == first
    _verify(certificate, b64decode(value.text), signed)


def _bare_jades(document: bytes) -> None:
    parts = json.loads(document)
    header = json.loads(_url(parts["protected"]))
    certificate = x509.load_der_x509_certificate(b64decode(header["x5c"][0]))
    _url(parts["payload"])
    _verify(certificate, _url(parts["signature"]), f"{parts['protected']}.{parts['payload']}".encode())


def _verify(certificate: x509.Certificate, raw: bytes, data: bytes) -> None:
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def _c14n(element: Any) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def _url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _lists() -> None:
    """The cost of a verdict by the length of the issuer's list, kept between verdicts as a service keeps it."""
    document = jades_maker(GOOD, "B", 0)
    root, _, stamping = GOOD_LISTS
    print("\nRevoked certificates on the issuer's list (goal: flat)")
    for count in (1_000, 10_000, 100_000, 1_000_000):
        der = long_crl(count)
        began = time.process_time()
        crl = Crl(der)
        assert crl.is_signed_by(load(GOOD.issuing.der))
        assert crl.can_be_used
        loaded = time.process_time() - began
        source = CrlSource([root, crl, stamping])
        cost = min(
            _cost(
                lambda source=source: facade.validate(
                    document, trust=TRUST, sources=[source], at=AT, now=AT, parse=intake.parse
                )
            )
            for _ in range(3)
        )
        print(f"  {count:>9,}  {len(der) / 1e6:6.1f} MB  read once {loaded:6.2f} s  verdict {cost * 1e3:7.3f} ms")
    print(f"  this process at its most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def long_crl(count: int) -> bytes:
    """A list of ``count`` entries with reasons, written directly: the library's builder is quadratic."""
    entry = b"\x30\x29\x02\x10%s\x17\x0d210301060000Z\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01".replace(
        b"\x30\x29", b"\x30\x2f"
    )
    entries = b"".join(entry % (b"\x01" + sha256(number.to_bytes(4, "big")).digest()[:15]) for number in range(count))
    algorithm = tsa.signature_algorithm(GOOD.issuing).dump()
    this_update, next_update = (
        b"\x17\x0d" + moment.strftime("%y%m%d%H%M%SZ").encode()
        for moment in (AT - dt.timedelta(hours=1), AT + dt.timedelta(hours=23))
    )
    name = GOOD.issuing.certificate.subject.public_bytes()
    body = b"\x02\x01\x01" + algorithm + name + this_update + next_update + _tlv(0x30, entries)
    signed = _tlv(0x30, body)
    return _tlv(0x30, signed + algorithm + _tlv(0x03, b"\0" + tsa.sign(GOOD.issuing, signed)))


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + body


def _memory() -> None:
    """The most that a process holds which parses one document and nothing else."""
    print("\nMemory of a parsing process (goal: under 300 MB)")
    megabytes = 10_000_000
    for name, document in (
        ("PAdES-B", pades(GOOD, "B")),
        ("XAdES-B, 10 MB", xades_maker(GOOD, "B", megabytes)),
        ("JAdES-B, 10 MB", jades_maker(GOOD, "B", megabytes)),
    ):
        print(f"  {name:<20} {_peak(document):6.0f} MB")


_MEASURE = """
import sys
from keys.validation import intake
found = intake.parse(sys.stdin.buffer.read())
assert found.signatures and found.signatures[0].integrity == "intact", found.problems
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def _peak(document: bytes) -> float:
    run = subprocess.run([sys.executable, "-c", _MEASURE], input=document, capture_output=True, check=True)
    return float(run.stdout) / 1024


if __name__ == "__main__":
    main()
