"""A collection as nobody would wish for: many documents, and some whose every field would do harm if it were HTML."""

from __future__ import annotations

from typing import Any

MARKUP = "<img src=x onerror=\"document.title='harm'\">"
SCRIPT = "</span><script>document.title='harm'</script>"
LONG = "Donaudampfschifffahrtsgesellschaft" * 12
HARMFUL: dict[str, Any] = {
    "id": "a\"'><b>",
    "title": f"Lighthouses {MARKUP}",
    "author": f'Eve "><svg onload=alert(1)> {SCRIPT}',
    "published": "2020-02-02",
    "url": "javascript:document.title='harm'",
    "tags": [SCRIPT, "towers"],
    "text": f"The lighthouse of Pharos was built by Sostratus of Cnidus {MARKUP} in the third century. {SCRIPT} 🚨🗼🚨",
}
BOOKS: list[dict[str, Any]] = [
    HARMFUL,
    {
        "id": "emoji",
        "title": "Feasts 🎉",
        "author": "Ada Alpha, Bo Beta",
        "published": "2021",
        "tags": ["feasts", "Towers"],
        "text": "🎂🎂🎂 Cake comes first. 🍰 The baker's guild of Ulm serves "
        "👩‍🍳👩‍🍳 forty honey cakes at midsummer. 🎉 Then all dance.",
    },
    {
        "id": "long",
        "title": f"Ships {LONG}",
        "tags": [LONG],
        "text": f"The steamship company {LONG} was founded in Vienna in 1829. It sailed the Danube.",
    },
    {
        "id": "arabic",
        "title": "منارة الإسكندرية",
        "author": "ابن بطوطة",
        "published": "2019-05",
        "tags": ["منارة"],
        "text": "بنيت منارة الإسكندرية في القرن الثالث قبل الميلاد على جزيرة فاروس. كان ارتفاعها أكثر من مئة متر.",
    },
    *(
        {
            "id": f"volume-{number:02}",
            "title": f"Volume {number:02}",
            "author": f"Author {number % 15:02}",
            "published": f"{1990 + number}-01-01",
            "tags": [f"shelf {number % 14:02}"],
            "text": f"Volume {number} of the series tells of clockmaker number {number} and {number} clocks.",
        }
        for number in range(1, 31)
    ),
]
