"""``pincite keys``: who may use the HTTP service."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pincite.settings import settings_for

if TYPE_CHECKING:
    from api.access.keys import Key
    from api.access.store import KeyStore

app = typer.Typer(help="Make, list and revoke the keys of the HTTP service.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What to call it: who uses it, and for what.")],
    *,
    role: Annotated[
        Literal["read", "write", "admin"],
        typer.Option(help="read: ask and read; write: change documents, too; admin: collections, too."),
    ] = "read",
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", "-c", help="Collection that it opens; may be repeated. All if left out."),
    ] = None,
    publishable: Annotated[
        bool, typer.Option("--publishable", help="For a web page, where anybody can read it; takes --origin.")
    ] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Page that may send it, such as https://www.example.org; may be repeated."),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=0, help="Requests a minute and address; PINCITE_RATE_LIMIT, 60 if publishable.")
    ] = None,
    expires: Annotated[
        float | None,
        typer.Option(min=0, max=36_500, metavar="DAYS", help="How long it is valid; for ever if left out."),
    ] = None,
) -> None:
    """Make a key and print it, once: only its hash is kept. A running service knows it at once.

    Nothing but the key goes to standard output.
    """
    from api.access.keys import Role

    if publishable != bool(origin):
        raise typer.BadParameter("a publishable key takes --origin, and only that: give both or neither")
    store = _store()
    first = not store.keys()
    key, text = store.create(
        name,
        Role[role.upper()],
        collections=frozenset(collection) if collection else None,
        origins=frozenset(origin or ()),
        rate=rate,
        days=expires,
    )
    print(text)
    notes = [f"Key {key.id}, {_described(key)}. It is not shown again."]
    if first:
        notes.append("From now on the service wants a key for everything but its health and description.")
    unknown = _unknown_collections(key)
    if unknown:
        notes.append(f"There is no collection yet of the name: {', '.join(unknown)}.")
    print("\n".join(notes), file=sys.stderr)


@app.command("list")
def list_keys(*, as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False) -> None:
    """List the keys: id, name, and what each opens. The keys themselves are nowhere."""
    from api.access.key_file import describe

    keys = _store().keys().values()
    if as_json:
        print(json.dumps([describe(key) for key in keys], ensure_ascii=False, indent=2))
        return
    for key in keys:
        print(f"{key.id}\t{key.name}\t{_described(key)}")
    if not keys:
        print("There is no key. Make one with: pincite keys create --name NAME", file=sys.stderr)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `pincite keys list` shows it.")],
) -> None:
    """Make a key invalid, for good; a running service refuses it from the next request on."""
    store = _store()
    key = store.revoke(key_id)
    print(f"Revoked the key {key.id} ({key.name}).")
    if not store.keys():
        print(
            "No key is left. On this machine anybody may read now; served beyond it, nobody may, unless PINCITE_OPEN "
            "says so.",
            file=sys.stderr,
        )


def _store() -> KeyStore:
    from api.access.store import KeyStore

    return KeyStore(settings_for().data_dir)


def _unknown_collections(key: Key) -> list[str]:
    from index.collection import list_collections

    return sorted((key.collections or frozenset()) - {one.name for one in list_collections(settings_for().data_dir)})


def _described(key: Key) -> str:
    parts = [
        f"{'publishable, ' if key.publishable else ''}role {key.role.word}",
        "all collections" if key.collections is None else f"collections {', '.join(sorted(key.collections))}",
    ]
    if key.origins:
        parts.append(f"origins {', '.join(sorted(key.origins))}")
    if key.rate is not None:
        parts.append(f"{key.rate or 'any number of'} requests a minute")
    if key.expires is not None:
        parts.append(f"{'expired' if key.expired else 'expires'} {key.expires:%Y-%m-%d %H:%M} UTC")
    return ", ".join(parts)
