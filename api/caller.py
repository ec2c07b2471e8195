"""Who asks, and what they may: the one way from a request to a collection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from fastapi import Depends, Request

from index.collection import Collection
from index.errors import ChangesNotAllowed
from index.settings import Settings
from qa.asker import Asker
from qa.factory import Askers


class Role(IntEnum):
    """What somebody may do; each role may do what those below it may."""

    READ = 1
    """Ask, and read documents."""
    WRITE = 2
    """Add, replace and delete documents."""
    ADMIN = 3
    """Make and delete collections, and go back to earlier generations."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. Endpoints get at collections through it alone, so that none can forget what it may.

    Attributes:
        askers: The service's.
    """

    askers: Askers

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return self.askers.settings

    @property
    def identity(self) -> str:
        """Who this is, opaque: idempotency keys of one are none of another's."""
        return ""

    def may(self, collection: str, role: Role) -> bool:  # noqa: ARG002 - every collection is open to all
        """Return whether the caller may do with a collection what takes a role."""
        return role <= Role.READ or self.settings.http_changes

    def asker(self, collection: str | None = None) -> Asker:
        """Return the asker of a collection, for reading.

        Args:
            collection: Its name; None stands for the service's own default.

        Raises:
            IndexUnavailable: It cannot answer.
        """
        return self.askers.get(collection)

    def collection(self, name: str | None, role: Role) -> Collection:
        """Return a collection, for what takes the given role.

        Args:
            name: Its name; None stands for the service's own default.
            role: What is to be done with it.

        Raises:
            ChangesNotAllowed: The caller may not do that.
        """
        if role > Role.READ and not self.settings.http_changes:
            raise ChangesNotAllowed(
                "this service does not let collections be changed over HTTP; whoever runs it may set "
                "PINCITE_HTTP_CHANGES=true, or use `pincite delete`."
            )
        return Collection(self.settings.data_dir, name or self.settings.collection)


# Dependencies are coroutines where they only look something up: a plain function would be sent to a thread.
async def get_askers(request: Request) -> Askers:
    """Return the application's askers."""
    askers = request.app.state.askers
    if not isinstance(askers, Askers):
        raise TypeError("the application was not made by api.app.create_app")
    return askers


AskersParameter = Annotated[Askers, Depends(get_askers)]


async def get_caller(askers: AskersParameter) -> Caller:
    """Return who makes the request."""
    return Caller(askers)


CallerParameter = Annotated[Caller, Depends(get_caller)]
