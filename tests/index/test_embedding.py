"""Nothing of a long text is lost: what the encoder would cut off is split, or encoded in windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.documents import Document, Kind
from index.embedding import encode_rows, rows_of
from index.models import DEFAULT_MODEL, resolve_model
from index.segment import segment
from index.sentence_transformer import SentenceTransformerEncoder
from index.settings import Settings
from qa.factory import open_asker
from tests.conftest import Silent
from tests.index.exactness import tokens

FILLER = "The clerk wrote down which ship came in, what it carried, who paid the toll and when it left again. "
TAIL = "Lighthouse keepers on Gull Island were paid in barrels of herring."


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(resolve_model(DEFAULT_MODEL).path)


def document(text: str, kind: Kind = "prose") -> Document:
    assembled = assemble([Block("Tolls", level=1), Block(text, kind=kind)])
    return Document("d", "The harbour", assembled.text, assembled.headings, assembled.blocks)


def rows(one: Document, encoder: SentenceTransformerEncoder) -> NDArray[np.float32]:
    totals: list[int] = []
    done: list[int] = []
    wanted = rows_of([one], segment(one, tokens()), tokens())
    found, encoded = encode_rows(
        wanted, wanted.keys("f"), [], dimension=384, encoder=lambda: encoder, tokens=tokens(), total=totals.append,
        advance=done.append,
    )  # fmt: skip
    assert sum(done) == totals[0]
    assert encoded == len(found)
    return found


def test_rows_are_passages_with_their_context_and_then_bare_spans(encoder: SentenceTransformerEncoder) -> None:
    found = rows(document("Ships pay. Boats do not."), encoder)
    expected = encoder.encode(["The harbour\nTolls\nShips pay. Boats do not.", "Ships pay.", "Boats do not."])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_sentence_over_the_limit_gets_the_mean_of_its_windows(encoder: SentenceTransformerEncoder) -> None:
    endless = FILLER.replace(".", ",") * 20 + TAIL
    found = rows(document(f"{endless} Short."), encoder)
    windows = encoder.encode([endless[start:end] for start, end in tokens().windows(endless, tokens().limit)])
    assert len(windows) > 1
    mean = windows.mean(axis=0)
    expected = [mean / np.linalg.norm(mean), encoder.encode(["Short."])[0]]
    np.testing.assert_allclose(found[-2:], expected, atol=1e-5)
    question = encoder.encode(["How were lighthouse keepers paid?"])[0]
    assert found[-2] @ question > encoder.encode([endless])[0] @ question + 0.02, "its end counts"


@pytest.mark.parametrize("kind", ["prose", "code"])
def test_the_tail_of_a_paragraph_of_2000_words_is_found_and_cited(kind: Kind, encoder_data: Path) -> None:
    text = (FILLER * 104).strip() + ("\n" if kind == "code" else " ") + TAIL
    assert len(text.split()) > 2_000
    settings = Settings(data_dir=encoder_data)
    build_documents(Collection(settings.data_dir, settings.collection), [document(text, kind)], DEFAULT_MODEL, Silent())
    for weight in (0.0, 1.0):  # by words alone, and by vectors alone
        asker = open_asker(settings.model_copy(update={"dense_weight": weight}))
        answer = asker.ask("In what were the keepers of the lighthouse on Gull Island paid?")
        assert answer.hits[0].passage.text.endswith(TAIL)
        assert answer.citations[0].cited_text == TAIL
