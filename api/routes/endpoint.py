"""The kind of route that every endpoint has."""

from __future__ import annotations

from api.access.route import GuardedRoute
from api.json_bodies import JsonRoute


class Endpoint(GuardedRoute, JsonRoute):
    """Guarded by the table of operations; a body of JSON is read strictly: ``APIRouter(route_class=Endpoint)``."""
