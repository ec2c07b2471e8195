"""Documents that are hard to set, a service over them, and pages that show them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page

from index.build import build
from index.collection import Collection
from index.settings import Settings
from tests.conftest import Silent
from tests.index.formats.pdf.papers import paper, prose, write

KINDS = """---
title: Harbour rules
author: Ada Ames, Bo Berg
published: 2024-05-17
url: https://www.example.org/rules?part=1
tags: [transport, ferries, a rather long tag about nothing]
---
# Harbour rules

Ferries are free for children on Sundays 🚢⛴️. The captain 👩🏽‍✈️ waves a flag 🇩🇪 whenever the
harbour master 🧑‍🔧 whistles twice 🎵🎵.

## Lists

- The bridge opens at **noon** every day.
- The lock closes at dusk.
  - In June the lock never closes.

### Deeper

#### Deepest

Text under the deepest heading.

## Code

```python
def toll(weight: float) -> float:
    return weight * 2
```

## Boats

| Boat | Length | Remarks |
|---|---|---|
| Heron | 12 m | Fastest of the fleet, kept at the northern quay |
| Supercalifragilisticexpialidocious | 9 m | https://www.example.org/a/long/address/that/does/not/end/anywhere/soon |

## עברית

זוהי פסקה בעברית על המעבורת שיוצאת מהנמל בשעה שמונה בבוקר. המעבורת חינם לילדים.

Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft is a long word.
"""
ODD_ID = "a b/50% off?#1&x=y+z"
HOSTILE_ID = "hostile/<img src=x onerror=alert(1)>"
HOSTILE = (
    "<script>window.hacked=1</script> The password of the vault is kept by <b onmouseover=alert(1)>Hans</b>."
    '</p></article></main> <img src=x onerror="window.hacked=1"> {{constructor}} &lt;i&gt; javascript:alert(1)'
)
LINES = [
    {"id": ODD_ID, "title": "Kettles", "text": "The odd kettle boils at ninety degrees on the mountain."},
    {
        "id": HOSTILE_ID,
        "title": "<script>window.hacked=1</script>",
        "author": "<b>Eve</b>",
        "url": "javascript:alert(1)",
        "tags": ["<i>x</i>"],
        "text": HOSTILE,
    },
]


@dataclass(frozen=True)
class Archive:
    """A service over the documents.

    Attributes:
        address: Where it is.
    """

    address: str

    def url(self, document: str, fragment: str = "", query: str = "") -> str:
        """Return the viewer's address of a document; ``fragment`` begins with ``#``, ``query`` with ``?``."""
        return f"{self.address}/documents/{quote(document)}{query}{fragment}"

    def document(self, document: str) -> dict[str, Any]:
        """Return a document as the service tells it."""
        return self._read(httpx.get(f"{self.address}/v1/documents/{quote(document, safe='')}"))

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer to a question."""
        return self._read(httpx.post(f"{self.address}/v1/ask", json={"question": question}))

    def cited(self, question: str, number: int = 0) -> str:
        """Ask, and return the address of one of the citations, with all of them."""
        citations = self.ask(question)["citations"]
        one = citations[number]
        references = ",".join(citation["reference"] for citation in citations)
        return self.url(one["document_id"], f"#c={one['start']}-{one['end']}&with={references}")

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture(scope="package")
def archive(seeds_data: Path, start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A service over documents that are hard to set: a PDF, every kind of block, emoji, hostile texts, odd ids."""
    source, data_dir = tmp_path_factory.mktemp("documents"), tmp_path_factory.mktemp("archive")
    (source / "rules.md").write_text(KINDS, encoding="utf-8")
    (source / "more.jsonl").write_text("\n".join(map(json.dumps, LINES)), encoding="utf-8")
    pdf = paper()
    pdf.set_title("The silt of rivers")
    for chapter in range(4):
        write(pdf, f"Chapter {chapter + 1}", style="B", size=16)
        for part in range(3):
            write(pdf, prose(220, seed=3 * chapter + part))
    (source / "silt.pdf").write_bytes(bytes(pdf.output()))
    (data_dir / "encoders").symlink_to(seeds_data / "encoders")
    build(Collection(data_dir, "default"), [source], Settings().model, Silent())
    return Archive(start_server(data_dir))


def shown(page: Page) -> Page:
    """Wait until a page shows its document, or says why not."""
    page.locator("main:not([aria-busy])").wait_for()
    return page


def marks(page: Page) -> list[str]:
    """Return the text of each mark."""
    return page.locator("mark").all_text_contents()
