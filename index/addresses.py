"""How origins, hosts and networks may be named in settings and keys; each function refuses what would never match."""

from __future__ import annotations

import ipaddress
import re

_HOST = r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])"
_ORIGIN = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?")
_DEFAULT_PORT = re.compile(r"http://.*:80|https://.*:443")


def check_origin(text: str) -> str:
    """Return an origin as browsers send it: scheme, host, and the port where it is not the scheme's own.

    Raises:
        ValueError: It is none, or stands for many.
    """
    if text == "*":
        raise ValueError(
            "'*' would let every web page in; list the origins one by one, such as https://www.example.org"
        )
    if not _ORIGIN.fullmatch(text) or _DEFAULT_PORT.fullmatch(text):
        raise ValueError(
            f"{text!r} is no origin as browsers send it: write https://www.example.org or http://localhost:3000, in "
            "lower case, without a path and without the port that the scheme has anyway"
        )
    return text


def check_host(text: str) -> str:
    """Return the name of a host, without a port.

    Raises:
        ValueError: It is none, or stands for many.
    """
    if not re.fullmatch(_HOST, text):
        raise ValueError(f"{text!r} is no host: write docs.example.org, in lower case, without scheme and port")
    return text


def check_network(text: str) -> str:
    """Return an address or a network in CIDR notation.

    Raises:
        ValueError: It is neither.
    """
    ipaddress.ip_network(text)
    return text


def is_loopback(host: str) -> bool:
    """Tell whether a host can only be reached from its own machine; of names, ``localhost`` alone is known to be so."""
    if host in {"127.0.0.1", "::1", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
