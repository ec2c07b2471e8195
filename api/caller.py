"""Who asks, and what they may: the one way from a request to a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.access.gate import Gate
from api.access.identity import Identity
from api.access.keys import Role
from index.collection import Collection
from index.settings import Settings
from qa.asker import Asker
from qa.factory import Askers

__all__ = ["AskersParameter", "Caller", "CallerParameter", "Role", "get_askers", "get_caller"]

_UNNAMED = str(Settings.model_fields["collection"].default)
"""What a service's default collection is called where nobody says so; to whom it is closed, it has this name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. Endpoints get at collections through it alone, so that none can forget what it may.

    Attributes:
        askers: The service's.
        identity: What the caller may do, and where.
    """

    askers: Askers
    identity: Identity

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return self.askers.settings

    def sees(self, collection: str | None = None) -> bool:
        """Tell whether a collection is there for the caller, if there is one of that name.

        Args:
            collection: Its name; None stands for the service's own default.
        """
        return self.identity.opens(collection or self.settings.collection)

    def asker(self, collection: str | None = None) -> Asker:
        """Return the asker of a collection, for reading.

        Args:
            collection: Its name; None stands for the service's own default.

        Raises:
            CollectionNotFound: There is none, or none for this caller: nobody can tell which.
            IndexUnavailable: It cannot answer.
        """
        return self.askers.get(self.collection(collection, Role.READ).name)

    def collection(self, name: str | None, role: Role) -> Collection:
        """Return a collection, for what takes the given role.

        Args:
            name: Its name; None stands for the service's own default.
            role: What is to be done with it.

        Raises:
            CollectionNotFound: There is none of this name for the caller.
            Forbidden: The caller may not do that.
        """
        if not self.sees(name):
            raise Collection(self.settings.data_dir, name or _UNNAMED).missing()
        self.identity.check_role(role)
        return Collection(self.settings.data_dir, name or self.settings.collection)


# Dependencies are coroutines where they only look something up: a plain function would be sent to a thread.
async def get_askers(request: Request) -> Askers:
    """Return the application's askers."""
    askers = request.app.state.askers
    if not isinstance(askers, Askers):
        raise TypeError("the application was not made by api.app.create_app")
    return askers


AskersParameter = Annotated[Askers, Depends(get_askers)]


async def get_caller(request: Request, askers: AskersParameter) -> Caller:
    """Return who makes the request: who was let in, or, for what is open to all, who it may be."""
    identity: Identity | None = request.scope["state"].get("identity")
    gate: Gate = request.app.state.gate
    return Caller(askers, identity if identity is not None else gate.recognise(request.scope))


CallerParameter = Annotated[Caller, Depends(get_caller)]
