"""The guard against webhooks that aim inside: which addresses may be called, checked where the connection is made.

A name is resolved once, every address it has is checked, and the connection goes to one of those very addresses, so that
a second answer of the name server (rebinding) is never asked for. The lists are IANA's special-purpose registries
(RFC 6890 and its updates) and the metadata services of the large clouds.
"""

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from domain.refusals import ForbiddenTarget

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host name."""

URL_LENGTH_MAX = 2000
PORTS = frozenset({443, 8443})
"""Where partners serve https. Any other port is likelier to be something that should not get our requests."""

_IPV4_FORBIDDEN = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT, and the metadata of Alibaba Cloud
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # the host agent of Azure
            "169.254.0.0/16",  # link-local, and the metadata of AWS, Azure, Google
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, and the metadata of Oracle Cloud
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # multicast tunnels
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_IPV6_ALLOWED = ipaddress.IPv6Network("2000::/3")
"""Global unicast; all that stands outside it (loopback, ULA, link-local, multicast, …) is forbidden without a list."""
_IPV6_FORBIDDEN = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address in disguise, and long out of use
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_IPV4_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP_MARKS = frozenset({0x00005EFE, 0x02005EFE})
_NUMERIC_HOST = re.compile(r"[0-9.]+|(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+))*\.?")


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides what may be called. ``allow_loopback`` is for developers: any port and plain http, on loopback only."""

    allow_loopback: bool = False

    def check_url(self, text: str) -> URL:
        """Return the address of an endpoint, checked as far as it can be without looking its name up.

        Raises:
            ForbiddenTarget: it may not be called.
        """
        if len(text) > URL_LENGTH_MAX or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
            raise ForbiddenTarget("The URL must be printable ASCII without spaces, at most 2000 characters.")
        try:
            url = URL(text)
            host, port = url.host, url.port
        except ValueError as error:
            raise ForbiddenTarget("The URL cannot be understood.") from error
        if url.scheme not in ("https", "http") or not host or port is None:
            raise ForbiddenTarget("The URL must be absolute and begin with https://.")
        if url.user is not None or url.password is not None or url.fragment:
            raise ForbiddenTarget("The URL must hold no user, password or fragment.")
        literal = _literal(host)
        if literal is not None:
            self.check_address(literal)
        elif "[" in text.partition("?")[0] or _NUMERIC_HOST.fullmatch(host):
            raise ForbiddenTarget("The host must be a name or a plain IP address.")
        if self.allow_loopback and self._is_loopback_host(host, literal):
            return url
        if url.scheme != "https":
            raise ForbiddenTarget("The URL must begin with https://.")
        if port not in PORTS:
            raise ForbiddenTarget("The port must be 443 or 8443.", port=port)
        return url

    def check_address(self, address: Address) -> None:
        """Let an address pass that the public internet routes.

        Raises:
            ForbiddenTarget: it is none.
        """
        if self.allow_loopback and _unwrapped(address).is_loopback:
            return
        if is_forbidden(address):
            raise ForbiddenTarget("The host has an address that this service may not call.")

    @staticmethod
    def _is_loopback_host(host: str, literal: Address | None) -> bool:
        if literal is not None:
            return _unwrapped(literal).is_loopback
        return host.rstrip(".").lower() == "localhost"


class GuardedResolver(AbstractResolver):
    """Resolves names for aiohttp's connector, which connects to what this returns and to nothing else."""

    def __init__(self, guard: Guard, look_up: Lookup) -> None:
        self._guard = guard
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            ForbiddenTarget: one of them may not be called; the others do not save it.
            OSError: it has none.
        """
        results: list[ResolveResult] = []
        for text in await self._look_up(host, port):
            address = _literal(text)
            if address is None:
                raise ForbiddenTarget("The host has an address that this service may not call.")
            self._guard.check_address(address)
            kind = socket.AF_INET if address.version == 4 else socket.AF_INET6
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address),
                    port=port,
                    family=kind,
                    proto=socket.IPPROTO_TCP,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not results:
            raise OSError(None, "the host has no address")
        return results

    async def close(self) -> None:
        """Hold nothing, so let go of nothing."""


def is_forbidden(address: Address) -> bool:
    """Tell whether an address is anything but a public one; addresses within addresses count."""
    address = _unwrapped(address)
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _IPV4_FORBIDDEN)
    if address.scope_id is not None or address not in _IPV6_ALLOWED:
        return True
    if any(address in network for network in _IPV6_FORBIDDEN):
        return True
    return (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that a mapped or translated (NAT64) IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and (address in _IPV4_MAPPED or address in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
