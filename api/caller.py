"""Who asks, and what they may: the one way from a request to a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.access.gate import Gate
from api.access.keys import Role
from api.access.rights import Rights
from index.collection import Collection
from index.settings import Settings
from qa.asker import Asker
from qa.factory import Askers

__all__ = ["Caller", "CallerParameter", "Role", "get_caller"]

_UNNAMED = str(Settings.model_fields["collection"].default)
"""What a service's default collection is called where nobody says so; to whom it is closed, it has this name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. Endpoints get at collections through it alone, so that none can forget what it may.

    Attributes:
        askers: The service's.
        rights: What the caller may do, and where.
    """

    askers: Askers
    rights: Rights

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return self.askers.settings

    @property
    def identity(self) -> str:
        """Who this is, opaque; whoever sends no key is the same as all others who send none."""
        return self.rights.key_id or ""

    def may(self, collection: str | None, role: Role) -> bool:
        """Tell whether the caller may do with a collection what takes a role, if there is one of that name.

        Args:
            collection: Its name; None stands for the service's own default.
            role: What is to be done with it.
        """
        return role <= self.rights.role and self.rights.opens(collection or self.settings.collection)

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
        if not self.may(name, Role.READ):
            raise Collection(self.settings.data_dir, name or _UNNAMED).missing()
        self.rights.check_role(role)
        return Collection(self.settings.data_dir, name or self.settings.collection)


# A coroutine, since it only looks something up: a plain function would be sent to a thread.
async def get_caller(request: Request) -> Caller:
    """Return who makes the request: with the rights that they were let in with, or have where all are let in."""
    state = request.app.state
    if not isinstance(state.askers, Askers):
        raise TypeError("the application was not made by api.app.create_app")
    rights: Rights | None = request.scope["state"].get("rights")
    gate: Gate = state.gate
    return Caller(state.askers, rights if rights is not None else gate.recognise(request.scope))


CallerParameter = Annotated[Caller, Depends(get_caller)]
