from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from index.analysis import ANALYZER, analyze
from index.bm25 import BM25
from index.collection import Collection
from index.documents import Passage
from index.encoder_store import MIN_FP32_COSINE, read_encoder
from index.files import sha256_file
from index.generation import Generation, open_generation
from index.manifest import FORMAT_VERSION, MANIFEST, read_manifest
from index.onnx_encoder import OnnxEncoder
from index.publish import Contents, write_generation
from index.segment import SEGMENTER


@pytest.fixture(scope="module")
def generation(seeds_data: Path) -> Generation:
    return open_generation(Collection(seeds_data, "default"))


@pytest.fixture(scope="module")
def folder(seeds_data: Path) -> Path:
    collection = Collection(seeds_data, "default")
    return collection.generation_folder(collection.current())


@pytest.fixture(scope="module")
def passages(generation: Generation) -> list[Passage]:
    return generation.database.passages(range(generation.manifest.counts.passages))


def span_texts(passages: list[Passage]) -> list[str]:
    return [p.text[span.start - p.start : span.end - p.start] for p in passages for span in p.spans]


def rows_with(postings: BM25, term: int) -> set[int]:
    return set(np.flatnonzero(postings.scores([term])).tolist())


def test_the_manifest_says_which_generation_this_is_and_how_it_was_made(generation: Generation, folder: Path) -> None:
    manifest = generation.manifest
    assert manifest == read_manifest(folder)
    assert (manifest.collection, manifest.generation, generation.name) == ("default", folder.name, folder.name)
    assert (manifest.format_version, manifest.analyzer, manifest.segmenter) == (FORMAT_VERSION, ANALYZER, SEGMENTER)
    created = datetime.datetime.fromisoformat(manifest.created)
    now = datetime.datetime.now(datetime.UTC)
    assert created.utcoffset() == datetime.timedelta(0)
    assert now - datetime.timedelta(days=1) < created <= now


def test_the_manifest_counts_what_is_there(generation: Generation, passages: list[Passage]) -> None:
    counts = generation.manifest.counts
    listed = list(generation.database.documents())
    assert counts.documents == len(listed) == 2
    assert counts.passages == sum(count for _, count in listed) == len(passages) == 54
    assert counts.spans == sum(len(passage.spans) for passage in passages)
    assert generation.vectors.count == counts.passages + counts.spans


def test_the_manifest_names_every_other_file_with_its_hash(generation: Generation, folder: Path) -> None:
    on_disk = {file.name: sha256_file(file) for file in folder.iterdir() if file.name != MANIFEST}
    assert generation.manifest.files == on_disk


def test_the_manifest_names_the_encoder_on_disk_with_the_hashes_of_its_files(
    generation: Generation, seeds_data: Path
) -> None:
    record = generation.manifest.encoder
    stored = read_encoder(seeds_data / "encoders", record.fingerprint)
    assert stored.record == record
    assert record.files == {name: sha256_file(stored.folder / name) for name in record.files}
    assert generation.encoder.dimension == record.dimension == generation.vectors.dimension == 384


def test_every_passage_is_the_text_at_its_offsets(generation: Generation, passages: list[Passage]) -> None:
    for passage in passages:
        document = generation.database.document(passage.document_id)
        assert document is not None
        assert document.text[passage.start : passage.end] == passage.text
        assert set(passage.headings) <= {document.text[item.start : item.end] for item in document.headings}


def test_vectors_are_those_of_titled_passages_and_then_of_their_spans(
    generation: Generation, passages: list[Passage], seeds_data: Path
) -> None:
    titles = {document.id: document.title for document, _ in generation.database.documents()}
    contexts = ["\n".join((titles[passage.document_id], *passage.headings)) for passage in passages]
    texts = [f"{before}\n{passage.text}" for before, passage in zip(contexts, passages, strict=True)]
    texts += span_texts(passages)
    rows = [0, 1, len(passages) - 1, len(passages), len(passages) + 1, len(texts) - 1]
    stored = read_encoder(seeds_data / "encoders", generation.manifest.encoder.fingerprint)
    encoder = OnnxEncoder(stored.folder / "model.onnx", stored.folder / "tokenizer.json", 256)
    for row, vector in zip(rows, encoder.encode([texts[row] for row in rows]), strict=True):
        assert generation.vectors.similarities(vector, np.array([row]))[0] >= MIN_FP32_COSINE


def test_span_offsets_lead_from_a_passage_to_its_spans(generation: Generation, passages: list[Passage]) -> None:
    offsets = generation.span_offsets.tolist()
    assert offsets[0] == 0
    assert np.diff(offsets).tolist() == [len(passage.spans) for passage in passages]


def test_the_vocabulary_is_every_term_once_in_order(generation: Generation, passages: list[Passage]) -> None:
    titles = [document.title for document, _ in generation.database.documents()]
    headings = [heading for passage in passages for heading in passage.headings]
    texts = [*titles, *headings, *(passage.text for passage in passages)]
    terms = {term for text in texts for term in analyze(text)}
    assert list(generation.vocabulary) == sorted(terms)
    assert list(generation.vocabulary.values()) == list(range(len(terms)))


def test_postings_name_just_the_rows_that_have_a_term(generation: Generation, passages: list[Passage]) -> None:
    titles = {document.id: document.title for document, _ in generation.database.documents()}
    whole = ["\n".join((titles[item.document_id], *item.headings, item.text)) for item in passages]
    passage_terms = [set(analyze(text)) for text in whole]
    span_terms = [set(analyze(text)) for text in span_texts(passages)]
    for term, number in generation.vocabulary.items():
        assert rows_with(generation.passage_postings, number) == {r for r, t in enumerate(passage_terms) if term in t}
        assert rows_with(generation.span_postings, number) == {r for r, t in enumerate(span_terms) if term in t}


def test_a_wrong_number_of_vectors_is_refused_before_anything_is_written(
    generation: Generation, passages: list[Passage], tmp_path: Path
) -> None:
    contents = Contents(
        documents=[],
        passages=passages,
        vectors=np.ones((1, 384), dtype=np.float32),
        keys=np.ones((2, 2), dtype=np.uint64),
        language="en",
        encoder_knows_language=True,
        segmenter=SEGMENTER,
        encoder=generation.manifest.encoder,
    )
    with pytest.raises(ValueError, match=r"1 vectors and 2 keys for 54 passages and \d+ spans"):
        write_generation(tmp_path, "default", "g", contents)
    assert list(tmp_path.iterdir()) == []
