"""Lets requests in: who sends them, whether they may do what they ask for, and whether they ask too often."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache

from starlette.types import Scope

from api.access.keys import Key, Role
from api.access.limits import Limits, Taken
from api.access.operations import Access
from api.access.rights import NO_RIGHTS, Rights
from api.access.store import KeyStore
from index.addresses import is_loopback
from index.errors import Forbidden, TooManyRequests, Unauthenticated
from index.settings import Settings

PUBLISHABLE_LIMIT = 60
"""Requests a minute and address with a publishable key that states no other number."""
_FAILURES = 60
"""Requests a minute and address without a valid key, before they are refused as too many."""
_LONGEST_ADDRESS = 64
"""Characters of an address that count: what a proxy gives for one may be anything."""


class Gate:
    """What a service lets in; to be made before its workers are forked, and used by one thread of each.

    Args:
        settings: The service's.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = KeyStore(settings.data_dir)
        self._limits = Limits()
        local = is_loopback(settings.host)
        self._open = local or settings.open
        self._anyone = Rights(None, Role.READ, None, limit=0 if local else settings.rate_limit)
        self._origins: tuple[Mapping[str, Key], frozenset[str]] = {}, frozenset(settings.cors_origins)

    @property
    def keyed(self) -> bool:
        """Whether there is a key, and so requests need one.

        Raises:
            KeysDamaged: That cannot be told.
        """
        return bool(self._store.keys())

    def origins(self) -> frozenset[str]:
        """Return all origins that the settings and the keys name.

        Raises:
            KeysDamaged: The keys cannot be read.
        """
        keys = self._store.keys()
        if keys is not self._origins[0]:
            named = frozenset[str]().union(*(key.origins for key in keys.values()))
            self._origins = keys, named.union(self._settings.cors_origins)
        return self._origins[1]

    def recognise(self, scope: Scope) -> Rights:
        """Tell what whoever makes a request may do, where it is for anybody.

        Raises:
            KeysDamaged: That cannot be told.
        """
        sent, origin, own = _sent(scope)
        if sent is None:
            return self._anyone if self._open and not self.keyed else NO_RIGHTS
        key = self._store.find(sent)
        if key is None or (key.publishable and not own and origin not in key.origins):
            return NO_RIGHTS
        return self._of(key)

    def identify(self, scope: Scope) -> Rights:
        """Tell what whoever makes a request may do; a key that is sent is looked at even where none is needed.

        Raises:
            Unauthenticated: A key is needed, or was sent, and none that is valid was.
            TooManyRequests: The same, and too often.
            KeysDamaged: It cannot be told.
        """
        sent, _, _ = _sent(scope)
        if sent is None:
            if self._open and not self.keyed:
                return self._anyone
            fault = "this takes a key, and none was sent"
        else:
            key = self._store.find(sent)
            if key is not None:
                return self._of(key)
            fault = "the key that was sent is not valid: it is unknown, was revoked, or has expired"
        taken = self._limits.take(f"-|{_address(scope)}", _FAILURES)
        if not taken.allowed:
            raise TooManyRequests(
                f"too many requests without a valid key from this address. Send the next in {taken.wait} s.",
                taken.wait,
            )
        raise Unauthenticated(
            f"{fault}. Send one in the header `Authorization: Bearer KEY` or `X-API-Key: KEY`; whoever runs this "
            "service makes it with: pincite keys create --name NAME"
        )

    def count(self, rights: Rights, scope: Scope) -> Taken | None:
        """Count a request; None for one who may make any number."""
        if rights.limit == 0:
            return None
        return self._limits.take(f"{rights.key_id}|{_address(scope)}", rights.limit)

    def check(self, rights: Rights, access: Access, scope: Scope) -> None:
        """Check that somebody may do what takes a certain access.

        Raises:
            Forbidden: They may not.
        """
        if rights.publishable:
            _, origin, own = _sent(scope)
            if not own and origin not in rights.origins:
                raise Forbidden(
                    f"the key {rights.key_id} is for certain web pages, and this request is "
                    f"{'from none' if origin is None else f'from {origin!r}, which is none of them'}. Whoever runs "
                    "this service makes one for it with: pincite keys create --publishable --origin ORIGIN --name NAME"
                )
            if not access.publishable:
                raise Forbidden(
                    f"the key {rights.key_id} is publishable: with it one can ask, search and read what was found, "
                    "and nothing else. Use a secret key, and keep it on a server."
                )
        if rights.key_id is None and access.keyless:
            return
        rights.check_role(access.role or Role.READ)
        if access.everywhere and rights.collections is not None:
            raise Forbidden(
                f"this tells of all collections, and the key {rights.key_id} is for some. Whoever runs this service "
                f"makes one for all with: pincite keys create --role {(access.role or Role.READ).word} --name NAME"
            )

    def _of(self, key: Key) -> Rights:
        default = PUBLISHABLE_LIMIT if key.publishable else self._settings.rate_limit
        return Rights.of(key, default if key.rate is None else key.rate)


def _sent(scope: Scope) -> tuple[str | None, str | None, bool]:
    """Return the key and the origin that a request's headers name, and whether a page of this service sends it.

    `X-API-Key` goes before `Authorization`, which a proxy may need for itself. Where a page GETs from its own origin, a
    browser leaves `Origin` out; it says so in `Sec-Fetch-Site`, which no page can set (W3C, Fetch Metadata).
    """
    api_key = bearer = origin = None
    own = False
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            api_key = value.decode("latin-1").strip()
        elif name == b"authorization" and value[:7].lower() == b"bearer ":
            bearer = value[7:].decode("latin-1").strip()
        elif name == b"origin":
            origin = value.decode("latin-1")
        elif name == b"sec-fetch-site":
            own = value == b"same-origin"
    return (bearer if api_key is None else api_key), origin, own


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return _network_of(client[0][:_LONGEST_ADDRESS]) if client else ""


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str:
    """Return an address, or of IPv6 the network that one household has: within it, addresses can be had for nothing."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
