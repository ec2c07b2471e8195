"""The table of routes against roles, as docs/access.md has it: ``python -m api.access.table`` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from api.access.keys import Role
from api.access.operations import Access
from api.access.route import GuardedRoute
from api.description import router as description
from api.routes import ROUTERS

_COLUMNS = ("request", "operation", "no key, none made", "no key", "publishable", *(role.word for role in Role))
_YES, _NO = "yes", "no"


def routes() -> Iterator[tuple[str, GuardedRoute]]:
    """Return each request that is answered, such as ``GET /v1/ask``, with its route, in the order of their paths."""
    found = (route for router in (*ROUTERS, description) for route in router.routes if isinstance(route, GuardedRoute))
    for route in sorted(found, key=lambda route: route.path_format):
        for method in sorted(route.methods or ()):
            yield f"{method} {route.path_format}", route


def table() -> str:
    """Return the table as Markdown."""
    lines = [_COLUMNS, ("---",) * len(_COLUMNS)]
    lines += [(f"`{request}`", route.operation_id or "", *_cells(route.access)) for request, route in routes()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(access: Access) -> tuple[str, ...]:
    everybody = access.role is None
    opens = (everybody or access.keyless, everybody, access.publishable)
    roles = ("" if access.role is not None and role < access.role else _YES for role in Role)
    mark = ", for all collections" if access.everywhere else ""
    return (*(_YES if one else _NO for one in opens), *(f"{cell}{mark}" if cell else _NO for cell in roles))


if __name__ == "__main__":
    print(table(), end="")
