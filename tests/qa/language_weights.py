"""Figures on languages that the encoder does not know: ``python -m tests.qa.language_weights``."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

from eval.measures import auroc
from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.documents import Document
from index.settings import Settings
from qa.factory import open_asker
from tests.conftest import Silent
from tests.index import chinese, german, russian

WEIGHTS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def _index(data_dir: Path, language: str, texts: ModuleType) -> None:
    documents = []
    for number, paragraphs in enumerate(texts.PARAGRAPHS.values()):
        parts = assemble([Block(text, kind="whole") for text in paragraphs])
        name = f"{language}{number}"
        documents.append(Document(name, name, parts.text, blocks=parts.blocks, titled=False, language=language))
    build_documents(Collection(data_dir, language), documents, Settings().model, Silent())


def main() -> None:
    """Print nDCG@10 by dense weight, and how well confidence tells questions with an answer from those without."""
    print("dense weight  " + "  ".join(f"{weight:.1f}" for weight in WEIGHTS))
    with tempfile.TemporaryDirectory() as folder:
        for language, texts in (("de", german), ("ru", russian), ("zh", chinese)):
            _index(Path(folder), language, texts)
            row = []
            for weight in WEIGHTS:
                asker = open_asker(Settings(data_dir=Path(folder), collection=language, dense_weight=weight))
                gains = []
                for question, subject, place in [*texts.CLOSE, *texts.FAR]:
                    hits = asker.ask(question, 10).hits
                    wanted = texts.PARAGRAPHS[subject][place]
                    rank = next((n for n, hit in enumerate(hits, start=1) if hit.passage.text == wanted), None)
                    gains.append(1 / math.log2(1 + rank) if rank else 0.0)
                row.append(f"{np.mean(gains):.2f}".lstrip("0"))
            asker = open_asker(Settings(data_dir=Path(folder), collection=language))
            close = [asker.ask(question) for question, *_ in texts.CLOSE]
            none = [asker.ask(question) for question in texts.UNANSWERED]
            value = auroc(
                np.array([True] * len(close) + [False] * len(none)), np.array([a.confidence for a in [*close, *none]])
            )
            answered = np.mean([answer.answerable for answer in close]), np.mean([answer.answerable for answer in none])
            print(f"{language:<14}" + "  ".join(row))
            print(f"  confidence: AUROC {value:.2f}; answered {answered[0]:.2f} of close, {answered[1]:.2f} of others")


if __name__ == "__main__":
    main()
