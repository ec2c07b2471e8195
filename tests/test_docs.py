"""What the documents say of the code is compared with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from eval.run import run_set
from eval.sets import QuestionSet, load_set
from eval.summary import summarize
from eval.targets import LocalTarget
from index.settings import PREFIX, Settings
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("seeds/README.md")])


def test_the_page_of_settings_lists_every_setting_with_its_default_and_meaning() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(PINCITE_\w+)` \| `(\w+)` \| `([^`]+)` \| (.+) \|$", page, re.MULTILINE)

    expected = [
        (f"{PREFIX}{name.upper()}", name, str(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert rows == expected


def test_the_example_of_a_question_set_is_a_valid_one() -> None:
    page = (ROOT / "docs/evals.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)

    assert example
    assert len(QuestionSet.model_validate(yaml.safe_load(example.group(1))).cases) == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_make_target_that_the_pages_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))

    assert {"run", "test", "lock"} <= named <= targets


def test_the_figures_in_the_readme_are_those_of_the_set(seeds_data: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([\w@]+)[^|]* \| ([\d.]+) \|$", readme, re.MULTILINE)
    target = LocalTarget.open(Settings(data_dir=seeds_data))
    measured = summarize(run_set(load_set(ROOT / "eval/sets/seeds.yaml"), target)).overall

    assert {"Success@1", "nDCG@10", "answered", "refused"} <= {name for name, _ in table}
    for name, value in table:
        # A few questions more or less: CPUs round int8 products differently.
        assert measured[name].value == pytest.approx(float(value), abs=0.03)
