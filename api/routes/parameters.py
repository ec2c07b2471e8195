"""Parameters that several endpoints take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from api.caller import CallerParameter
from api.schemas.wire import DOCUMENT_EXAMPLE, CollectionName
from qa.asker import Asker

CollectionParameter = Annotated[
    CollectionName | None, Query(description="Where to look; the service's own default if left out.")
]
DocumentParameter = Annotated[
    str, Path(description="Its id, percent-encoded; it may hold slashes.", examples=[DOCUMENT_EXAMPLE])
]


def get_asker(caller: CallerParameter, collection: CollectionParameter = None) -> Asker:
    """Return the asker of the collection that the query string names."""
    return caller.asker(collection)


AskerParameter = Annotated[Asker, Depends(get_asker)]
