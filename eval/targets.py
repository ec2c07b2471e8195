"""What can be measured: a collection in this process, or a running service. Both give the very same values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from eval.ablation import AblatedEngine
from eval.errors import TargetError
from eval.part import Part
from eval.records import Answered, Place, Quoted, Ranked, Repeat, TargetInfo
from index.settings import Settings
from qa.asker import Asker
from qa.factory import make_asker, open_asker
from qa.local_engine import LocalEngine

# The API sends scores with this many digits; the same are kept in process, so that neither way knows more.
_SCORE_DIGITS = 6
_CONFIDENCE_DIGITS = 4
_TIMEOUT_SECONDS = 60
_PAGE = "1000"
"""How many documents are listed at a time: as many as may be."""


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A document as a target holds it.

    Attributes:
        text: Its canonical text.
        passages: Its passages' places, by id, in order.
    """

    text: str
    passages: dict[str, Place]


class Target(Protocol):
    """Something that answers questions from documents."""

    def info(self) -> TargetInfo:
        """Tell what is measured."""

    def document_ids(self) -> list[str]:
        """List the documents."""

    def document(self, document_id: str) -> TargetDocument | None:
        """Return a document, or None."""

    def ask(self, question: str, k: int) -> Answered:
        """Ask a question and return the answer with the k best passages.

        Raises:
            PinciteError: It could not be asked.
        """


class LocalTarget:
    """A collection, opened in this process.

    Args:
        asker: Answers from it.
        settings: What the asker was opened with.
        without: Parts of retrieval that the asker does without.
    """

    def __init__(self, asker: Asker, settings: Settings, without: frozenset[Part] = frozenset()) -> None:
        self._asker = asker
        self._settings = settings
        self._without = without

    @classmethod
    def open(cls, settings: Settings, without: frozenset[Part] = frozenset()) -> LocalTarget:
        """Open the settings' collection.

        Raises:
            IndexUnavailable: It is missing or damaged.
        """
        asker = open_asker(settings)
        if without:
            asker = make_asker(asker.generation, AblatedEngine(LocalEngine(asker.generation), without), settings)
        return cls(asker, settings, without)

    def info(self) -> TargetInfo:
        """See ``Target.info``."""
        manifest = self._asker.generation.manifest
        return TargetInfo(
            kind="in-process",
            collection=manifest.collection,
            generation=manifest.generation,
            encoder=f"{manifest.encoder.model} ({manifest.encoder.serving})",
            settings={
                "dense_weight": str(self._settings.dense_weight),
                "max_risk": str(self._settings.max_risk),
                "without": ", ".join(sorted(self._without)),
            },
        )

    def document_ids(self) -> list[str]:
        """See ``Target.document_ids``."""
        return [document.id for document, _ in self._asker.generation.database.documents()]

    def document(self, document_id: str) -> TargetDocument | None:
        """See ``Target.document``."""
        document = self._asker.generation.database.document(document_id)
        if document is None:
            return None
        passages = self._asker.generation.database.passages_of(document_id)
        places = {p.id: Place(document_id=document_id, start=p.start, end=p.end) for p in passages}
        return TargetDocument(document.text, places)

    def ask(self, question: str, k: int) -> Answered:
        """See ``Target.ask``."""
        answer = self._asker.ask(question, k)
        return Answered(
            text=answer.text,
            answerable=answer.answerable,
            confidence=round(answer.confidence, _CONFIDENCE_DIGITS),
            passages=tuple(
                Ranked(
                    document_id=hit.passage.document_id,
                    start=hit.passage.start,
                    end=hit.passage.end,
                    id=hit.passage.id,
                    score=round(hit.score, _SCORE_DIGITS),
                    repeats=tuple(
                        Repeat(document_id=one.passage.document_id, id=one.passage.id) for one in hit.duplicates
                    ),
                )
                for hit in answer.hits
            ),
            citations=tuple(
                Quoted(document_id=c.document_id, start=c.start, end=c.end, text=c.cited_text) for c in answer.citations
            ),
        )


class HttpTarget:
    """A running service.

    Args:
        url: Its address, such as ``http://127.0.0.1:8000``.
        collection: The collection to ask; the service's own default if None.
        key: One that may read it, if the service has keys.
    """

    def __init__(self, url: str, collection: str | None, key: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._collection = collection
        self._client = httpx.Client(
            timeout=_TIMEOUT_SECONDS, headers={} if key is None else {"Authorization": f"Bearer {key}"}
        )

    def __enter__(self) -> Self:
        """Return itself; leaving closes the connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def _call(
        self, method: str, path: str, params: dict[str, str] | None = None, json: object = None
    ) -> dict[str, Any] | None:
        """Call the service; None stands for 404."""
        try:
            response = self._client.request(method, f"{self._url}{path}", params=params, json=json)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetError(f"{self._url} cannot be reached: {error}. Is `pincite serve` running there?") from error
        try:
            body = response.json()
        except ValueError as error:
            raise TargetError(f"{self._url}{path} did not answer with JSON: it is no Pincite service.") from error
        if not isinstance(body, dict):
            raise TargetError(f"{self._url}{path} did not answer with an object: it is no Pincite service.")
        if response.status_code == httpx.codes.NOT_FOUND and str(body.get("type", "")).endswith("not-found"):
            return None
        if not response.is_success:
            raise TargetError(f"{self._url}{path} answered {response.status_code}: {body.get('detail', response.text)}")
        return body

    def _get(self, path: str, **params: str) -> dict[str, Any] | None:
        where = {"collection": self._collection} if self._collection else {}
        return self._call("GET", path, params={**where, **params})

    def _documents(self, **params: str) -> dict[str, Any]:
        """Return a page of the list."""
        listed = self._get("/v1/documents", **params)
        if listed is None:
            raise self._no_collection()
        return listed

    def _no_collection(self) -> TargetError:
        name = f"collection {self._collection!r}" if self._collection else "default collection"
        return TargetError(f"{self._url} has no {name}. Index documents there with `pincite index`.")

    @contextmanager
    def _as_documented(self) -> Iterator[None]:
        """Turn an answer without the fields that the API documents into a TargetError."""
        try:
            yield
        except (KeyError, TypeError, ValidationError) as error:
            raise TargetError(
                f"{self._url} did not answer as Pincite's API does ({type(error).__name__}): is it another service, or "
                "another version?"
            ) from error

    def info(self) -> TargetInfo:
        """See ``Target.info``."""
        listed = self._documents()
        with self._as_documented():
            return TargetInfo(
                kind=self._url,
                collection=listed["collection"],
                generation=listed["generation"],
                encoder="the service's own",
            )

    def document_ids(self) -> list[str]:
        """See ``Target.document_ids``."""
        ids: list[str] = []
        params = {"limit": _PAGE}
        while True:
            listed = self._documents(**params)
            with self._as_documented():
                ids += [document["id"] for document in listed["documents"]]
                if listed["next"] is None:
                    return ids
                params["cursor"] = listed["next"]

    def document(self, document_id: str) -> TargetDocument | None:
        """See ``Target.document``."""
        found = self._get(f"/v1/documents/{quote(document_id, safe='')}")
        if found is None:
            return None
        with self._as_documented():
            passages = found["passages"]
            places = {p["id"]: Place(document_id=document_id, start=p["start"], end=p["end"]) for p in passages}
            return TargetDocument(found["text"], places)

    def ask(self, question: str, k: int) -> Answered:
        """See ``Target.ask``."""
        body = {"question": question, "k": k, "collection": self._collection}
        answer = self._call("POST", "/v1/ask", json=body)
        if answer is None:
            raise self._no_collection()
        with self._as_documented():
            return _answered(answer)


def _answered(answer: dict[str, Any]) -> Answered:
    """Read the API's answer."""
    place = ("document_id", "start", "end")
    return Answered(
        text=answer["answer"],
        answerable=answer["answerable"],
        confidence=answer["confidence"],
        passages=tuple(
            Ranked(
                **{name: passage[name] for name in (*place, "id", "score")},
                repeats=tuple(
                    Repeat(document_id=one["document_id"], id=one["passage_id"]) for one in passage["duplicates"]
                ),
            )
            for passage in answer["passages"]
        ),
        citations=tuple(Quoted(**{name: c[name] for name in place}, text=c["cited_text"]) for c in answer["citations"]),
    )
