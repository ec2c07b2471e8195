"""What whoever makes a request may do."""

from __future__ import annotations

from dataclasses import dataclass

from api.access.keys import Key, Role
from index.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do, and where.

    Attributes:
        key_id: Of the key that was sent; None without one.
        role: What they may do.
        collections: Where; None stands for all.
        origins: Whose pages may read the response besides those that the settings name.
        publishable: Whether the key stands in a web page.
        limit: How many requests a minute each address may make; 0 for any number.
    """

    key_id: str | None
    role: Role
    collections: frozenset[str] | None
    origins: frozenset[str] = frozenset()
    publishable: bool = False
    limit: int = 0

    @classmethod
    def of(cls, key: Key, limit: int) -> Rights:
        """Return what a key gives."""
        return cls(key.id, key.role, key.collections, key.origins, key.publishable, limit)

    def opens(self, collection: str) -> bool:
        """Tell whether they may know of a collection."""
        return self.collections is None or collection in self.collections

    def check_role(self, role: Role) -> None:
        """Check that they may do what takes a role.

        Raises:
            Forbidden: They may not.
        """
        if role <= self.role:
            return
        held = "no key was sent" if self.key_id is None else f"the key {self.key_id} has the role {self.role.word}"
        raise Forbidden(
            f"this takes a key of the role {role.word}, and {held}. Whoever runs this service makes one with: "
            f"pincite keys create --role {role.word} --name NAME"
        )


NO_RIGHTS = Rights(None, Role.READ, frozenset())
"""Those of somebody without a key where one is needed: there is no collection for them."""
