"""The plain app: what a newcomer writes, served by one uvicorn process as it comes. Nothing here is made slow."""

import json
import os
from pathlib import Path

import faiss
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer


class Question(BaseModel):
    """What is asked."""

    question: str


def create_app() -> FastAPI:
    """Make the application."""
    texts = json.loads(Path(os.environ["PLAIN_PASSAGES"]).read_text(encoding="utf-8"))
    saved = Path(os.environ["PLAIN_INDEX"])
    model = SentenceTransformer(os.environ["PLAIN_MODEL"], device="cpu")
    if not saved.exists():  # encoded once, so that a start is no encoding of all documents
        vectors = model.encode(texts, normalize_embeddings=True)
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(vectors)
        faiss.write_index(flat, str(saved))
    index = faiss.read_index(str(saved))
    app = FastAPI()

    @app.post("/v1/ask")
    def ask(asked: Question) -> dict[str, list[dict[str, str | float]]]:
        scores, rows = index.search(model.encode([asked.question], normalize_embeddings=True), 5)
        found = zip(rows[0], scores[0], strict=True)
        return {"passages": [{"text": texts[row], "score": float(score)} for row, score in found if row >= 0]}

    return app
