"""Which network addresses an outbound fetch may reach (OWASP SSRF prevention; design: every address is checked)."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")


def is_allowed(text: str, allowed: Iterable[Network] = (), *, loopback: bool = False) -> bool:
    """Tell whether a resolved address may be connected to.

    Public unicast addresses may; others where ``allowed`` names their network, loopback where ``loopback`` says so.
    An IPv6 address that carries an IPv4 address inside is judged by that one.
    """
    address = _embedded(ip_address(text.partition("%")[0]))
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if address.is_loopback:
        return loopback
    return address.is_global and not (address.is_multicast or address.is_reserved or _is_site_local(address))


def _embedded(address: Address) -> Address:
    """Unwrap mapped, 6to4 and NAT64 addresses: what is connected to in the end is the IPv4 inside."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_site_local(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address.is_site_local
