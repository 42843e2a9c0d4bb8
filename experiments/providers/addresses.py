"""Where a call may go: a plain https origin whose every address is on the public internet.

The name is resolved once, every address is judged, and the connection is made to a judged address, so that a name
that changes its mind between check and use gains nothing. Loopback is let in only where the deployment says so (for
the sandbox and the tests).
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from experiments.providers.outcomes import NotSent

type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

# Reference: IANA IPv4 and IPv6 special-purpose address registries. A table of our own, because `is_global` has changed
# between patch releases of Python. 168.63.129.16 is public by number but is the inside of Azure.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")


@dataclass(frozen=True)
class Address:
    """One judged socket address."""

    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int]


@dataclass(frozen=True)
class Origin:
    """A checked base URL and the addresses that may be connected to."""

    host: str
    port: int
    is_tls: bool
    addresses: tuple[Address, ...]


def origin_of(url: str, *, allow_loopback: bool) -> Origin:
    """Check a base URL (scheme and host only) and resolve it once.

    Raises NotSent: permanent ("bad_address", "forbidden_address"), or transient where the name has no address ("dns").
    """
    host, port, is_tls = _parts(url)
    addresses = _resolved(host, port)
    ips = [ipaddress.ip_address(address.sockaddr[0]) for address in addresses]
    if all(is_public(ip) for ip in ips):
        if not is_tls or port != 443:
            raise _bad_address("An address on the internet must be called by https on port 443.")
    elif not (allow_loopback and all(_embedded(ip).is_loopback for ip in ips)):
        raise NotSent(
            "forbidden_address", f"{host} leads into a private network, so nothing was sent.", is_permanent=True
        )
    return Origin(host, port, is_tls, addresses)


def is_public(ip: Ip) -> bool:
    """Whether an address is reachable by everyone. An address that carries an IPv4 one inside is judged by that."""
    inner = _embedded(ip)
    if isinstance(inner, ipaddress.IPv4Address):
        return not any(inner in network for network in _REFUSED_V4)
    return inner in _PUBLIC_V6 and not any(inner in network for network in _REFUSED_V6)


def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]]:
    """All addresses of a name, in the system's order. The resolver keeps its own time limits."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [
        (family, sockaddr)  # type: ignore[misc]  # typeshed adds the tuple of a build without IPv6
        for family, _, _, _, sockaddr in found
        if family in (socket.AF_INET, socket.AF_INET6)
    ]


def _parts(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_address("The provider's address cannot be read.") from None
    is_bare = url.lower() == f"{parts.scheme}://{parts.netloc}".lower() and "@" not in parts.netloc
    if parts.scheme not in ("http", "https") or not is_bare or port == 0 or not _HOST.fullmatch(host):
        raise _bad_address("The provider's address must be a scheme and a host, and nothing else.")
    is_tls = parts.scheme == "https"
    return host, port or (443 if is_tls else 80), is_tls


def _resolved(host: str, port: int) -> tuple[Address, ...]:
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError):  # UnicodeError: a label that no name can have
        found = []
    if not found:
        raise NotSent("dns", f"The name {host} could not be found, so nothing was sent.")
    return tuple(Address(family, sockaddr) for family, sockaddr in dict.fromkeys(found))


def _embedded(ip: Ip) -> Ip:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _bad_address(message: str) -> NotSent:
    return NotSent("bad_address", message, is_permanent=True)
