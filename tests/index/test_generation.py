from __future__ import annotations

import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index.analysis import ANALYZER, analyze
from index.bm25 import BM25
from index.collection import Collection
from index.documents import Document, Passage, Span
from index.encoder_store import MIN_FP32_COSINE, read_encoder
from index.files import sha256_file
from index.generation import TERM_SEQUENCES, TERMS, Generation, open_generation
from index.manifest import FORMAT_VERSION, MANIFEST, read_manifest
from index.onnx_encoder import OnnxEncoder
from index.publish import Contents, write_generation
from index.segment import SEGMENTER
from index.terms import TermSequences


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
    return [passage.text_of(span) for passage in passages for span in passage.spans]


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
    for term, number in generation.vocabulary.items():
        assert rows_with(generation.passage_postings, number) == {r for r, t in enumerate(passage_terms) if term in t}


def test_terms_of_title_and_headings_count_twice(generation: Generation, passages: list[Passage]) -> None:
    titles = {document.id: document.title for document, _ in generation.database.documents()}
    terms = []
    for passage in passages:
        context = "\n".join((titles[passage.document_id], *passage.headings))
        terms.append(2 * analyze(context) + analyze(passage.text))
    expected = BM25.build(terms, generation.vocabulary)
    for number in generation.vocabulary.values():
        assert generation.passage_postings.scores([number]).tolist() == expected.scores([number]).tolist()


def segment(generation: Generation, number: int) -> list[str]:
    """Return the terms of a segment."""
    sequences, words = generation.sequences, list(generation.vocabulary)
    return [words[term] for term in sequences.numbers[sequences.offsets[number] : sequences.offsets[number + 1]]]


def segments(generation: Generation, row: int) -> tuple[list[str], list[list[str]]]:
    """Return the terms of a passage's title and headings, and of each of its spans."""
    begin, end = generation.span_offsets[row : row + 2].tolist()
    return segment(generation, begin + row), [segment(generation, row + span + 1) for span in range(begin, end)]


def test_a_passages_segments_are_its_title_and_headings_and_then_its_spans_in_order(
    generation: Generation, passages: list[Passage]
) -> None:
    titles = {document.id: document.title for document, _ in generation.database.documents()}
    for row, passage in enumerate(passages):
        context, spans = segments(generation, row)
        assert context == analyze("\n".join((titles[passage.document_id], *passage.headings)))
        assert spans == [analyze(passage.text_of(span)) for span in passage.spans]
        assert [term for span in spans for term in span] == analyze(passage.text)
    assert len(generation.sequences.offsets) == generation.manifest.counts.spans + len(passages) + 1


def write(generation: Generation, folder: Path, document: Document, passages: list[Passage], language: str) -> None:
    rows = len(passages) + sum(len(passage.spans) for passage in passages)
    contents = Contents(
        documents=[document],
        passages=passages,
        vectors=np.eye(rows, 384, dtype=np.float32),
        keys=np.arange(2 * rows, dtype=np.uint64).reshape(rows, 2),
        language=language,
        encoder_knows_language=True,
        segmenter=SEGMENTER,
        encoder=generation.manifest.encoder,
    )
    folder.mkdir()
    write_generation(folder, "default", "g", contents)


def sequences_of(folder: Path) -> list[list[str]]:
    words = (folder / TERMS).read_text(encoding="utf-8").split("\n")
    sequences = TermSequences.load(folder, TERM_SEQUENCES)
    return [[words[term] for term in sequences.numbers[a:b]] for a, b in pairwise(sequences.offsets.tolist())]


@pytest.mark.parametrize("titled", [True, False])
def test_what_stands_before_between_or_after_the_spans_is_in_a_segment_too(
    generation: Generation, tmp_path: Path, titled: bool
) -> None:
    text = "(a) Lead spans: first steel. (b) Rivet second river. Tail"
    spans = [text.index("first"), text.index("(b)"), text.index("second"), text.index("Tail")]
    document = Document("bridge", "Bridges", text, titled=titled)
    passage = Passage("p", "bridge", 0, 0, len(text), text, ("Cables",), None, (Span(*spans[:2]), Span(*spans[2:])))
    write(generation, tmp_path / "g", document, [passage], "en")
    context = ["bridg", "cabl"] if titled else ["cabl"]
    before, after = analyze("(a) Lead spans: first steel. (b) Rivet"), analyze("second river. Tail")
    assert before + after == analyze(text)
    assert sequences_of(tmp_path / "g") == [context, before, after]


def test_a_passage_in_the_middle_of_its_document_and_one_without_terms_keep_their_segments(
    generation: Generation, tmp_path: Path
) -> None:
    text = "What is it?\n\nThe steel. Of it."
    first = Passage("p0", "d", 0, 0, 11, text[:11], (), None, (Span(0, 11),))
    second = Passage("p1", "d", 1, 13, len(text), text[13:], (), None, (Span(13, 23), Span(24, len(text))))
    write(generation, tmp_path / "g", Document("d", "It", text), [first, second], "en")
    assert sequences_of(tmp_path / "g") == [[], [], [], ["steel"], []]


def test_terms_in_order_are_those_of_the_documents_language(generation: Generation, tmp_path: Path) -> None:
    text = "北京大学。图书馆"
    passage = Passage("p", "d", 0, 0, len(text), text, (), None, (Span(0, 5), Span(5, len(text))))
    write(generation, tmp_path / "g", Document("d", "d", text, titled=False, language="zh"), [passage], "zh")
    assert sequences_of(tmp_path / "g") == [[], ["北京", "京大", "大学"], ["图书", "书馆"]]


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
