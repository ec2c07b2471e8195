"""Collections in languages that the encoder does not know: words decide, and whoever indexes is told."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from index.settings import Settings
from qa.factory import open_asker
from tests.conftest import Command
from tests.index import chinese, german, russian


@pytest.mark.parametrize(("language", "texts"), [("de", german), ("ru", russian), ("zh", chinese)])
def test_questions_in_the_words_of_the_documents_are_answered_and_others_mostly_refused(
    language: str, texts: ModuleType, empty_data: Path, tmp_path: Path, pincite: Command
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for subject, paragraphs in texts.PARAGRAPHS.items():
        (folder / f"{subject}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")

    done = pincite(empty_data, "index", str(folder))

    assert (
        f"Warning: most of the text is in {language!r}, which the model all-MiniLM-L6-v2 does not know" in done.stderr
    )
    asker = open_asker(Settings(data_dir=empty_data))
    assert not asker.generation.manifest.encoder_knows_language
    close = [asker.ask(question) for question, *_ in texts.CLOSE]
    right = [
        texts.PARAGRAPHS[subject][place] in answer.hits[0].passage.text
        for answer, (_, subject, place) in zip(close, texts.CLOSE, strict=True)
    ]
    unanswered = [asker.ask(question).answerable for question in texts.UNANSWERED]
    assert sum(right) >= 0.8 * len(right)
    assert sum(answer.answerable for answer in close) >= 0.5 * len(close)
    assert sum(unanswered) <= 0.3 * len(unanswered)


def test_nobody_is_warned_of_documents_in_the_language_of_the_encoder(empty_data: Path, pincite: Command) -> None:
    done = pincite(empty_data, "index", str(Path(__file__).parents[2] / "seeds"))
    assert "Warning" not in done.stderr
    assert open_asker(Settings(data_dir=empty_data)).generation.manifest.language == "en"
