"""Plots: read as XML, and their marks turned back into the figures that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring

import pytest

from eval.records import Result
from eval.reports.plots import element, interval_bar, joined, reliability, risk_coverage, score_distributions
from tests.eval.reports import HOSTILE, result

PLOTS = (risk_coverage, reliability, score_distributions)
ONE = [result("a")]
RUNS = {
    "none": [],
    "one": ONE,
    "one that is not answerable": [result("a", answerable=False, refused=True, confidence=0)],
    "answerable only": [result("a", confidence=0.2), result("b", confidence=0.8, right=False)],
    "not answerable only": [result("a", answerable=False, refused=True), result("b", answerable=False)],
    "all of one confidence": [result("a", confidence=0.5), result("b", confidence=0.5, right=False)],
    "certain": [result("a", confidence=1), result("b", confidence=0, answerable=False, refused=True)],
    "all refused": [result("a", refused=True), result("b", refused=True, confidence=0.1)],
    "many": [
        result(str(n), confidence=(n * 37 % 101) / 101, right=n % 3 > 0, answerable=n % 4 > 0) for n in range(999)
    ],
}


def read(svg: str) -> Element:
    return fromstring(svg)  # noqa: S314 - our own


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in read(svg).iter("text")]


def number(node: Element, name: str) -> float:
    return float(node.attrib[name])


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("name", RUNS)
def test_every_run_is_drawn_inside_its_frame(plot: Callable[[list[Result]], str], name: str) -> None:
    root = read(plot(RUNS[name]))
    assert root.get("role") == "img"
    named = [root.find("title"), root.find("desc")]
    assert root.get("aria-labelledby") == " ".join(node.attrib["id"] for node in named if node is not None)
    across = [number(n, k) for n in root.iter() for k in ("x", "x1", "x2", "cx") if k in n.attrib]
    down = [number(n, k) for n in root.iter() for k in ("y", "y1", "y2", "cy") if k in n.attrib]
    assert all(math.isfinite(value) and 0 <= value <= 360 for value in across)
    assert all(math.isfinite(value) and 0 <= value <= 280 for value in down)
    assert all(number(n, k) >= 0 for n in root.iter("rect") for k in ("width", "height"))


@pytest.mark.parametrize("plot", PLOTS)
def test_axes_have_titles_and_ticks(plot: Callable[[list[Result]], str]) -> None:
    shown = texts(plot(RUNS["many"]))
    assert {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"} <= set(shown)
    titles = {"risk: share wrong", "coverage: share answered", "share right", "confidence", "cases"}
    assert len(titles & set(shown)) >= 2


@pytest.mark.parametrize("plot", PLOTS)
def test_colours_follow_the_theme(plot: Callable[[list[Result]], str]) -> None:
    for node in read(plot(RUNS["many"])).iter():
        assert "fill" not in node.attrib
        for rule in filter(None, node.get("style", "").split(";")):
            name, _, value = rule.partition(":")
            if name in {"fill", "stroke"}:
                assert value == "none" or value.startswith("var(--")


def test_the_risk_curve_goes_through_its_points() -> None:
    results = [
        result("a", confidence=0.9),
        result("b", confidence=0.8, right=False),
        result("c", confidence=0.7),
        result("d", confidence=0.1, refused=True),
    ]
    svg = risk_coverage(results)
    line = read(svg).find("polyline")
    assert line is not None
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert [round((x - 50) / 296, 2) for x, _ in places] == [0.25, 0.5, 0.75, 1]
    assert [round((234 - y) / 200 * 0.5, 2) for _, y in places] == [0, 0.5, 0.33, 0.25]
    assert "as run: 0.750, 0.333" in texts(svg)
    assert "5% risk" in texts(svg)
    described = read(svg).findtext("desc") or ""
    assert "Coverage at a risk of 5%: 0.250" in described


def test_a_run_that_refuses_all_has_no_point() -> None:
    svg = risk_coverage(RUNS["all refused"])
    assert "as run: nothing answered" in texts(svg)
    assert read(svg).find("polygon") is None


def test_reliability_has_a_bar_and_a_count_a_bin() -> None:
    results = [result("a", confidence=0.31), result("b", confidence=0.39, right=False), result("c", confidence=1.0)]
    svg = reliability(results)
    bars = list(read(svg).iter("rect"))
    assert [round((number(bar, "x") - 51) / 29.6) for bar in bars] == [3, 9]
    assert [round(number(bar, "height") / 180, 2) for bar in bars] == [0.5, 1]
    counts = [node.text for node in read(svg).iter("text") if node.get("y") == "40" and node.text != "cases"]
    assert counts == ["0", "0", "0", "2", "0", "0", "0", "0", "0", "1"]
    assert "0.3 to 0.4: 0.500 of 2" in (read(svg).findtext("desc") or "")


def test_distributions_stand_one_above_the_other() -> None:
    results = [
        result("a", confidence=0.91),
        result("b", confidence=0.93),
        result("c", confidence=0.62),
        result("d", confidence=0.11, answerable=False, refused=True),
    ]
    svg = score_distributions(results)
    bars = [(round((number(bar, "x") - 51) / 14.8), number(bar, "y") < 140) for bar in read(svg).iter("rect")]
    assert bars == [(12, True), (18, True), (2, False)]
    shown = texts(svg)
    assert "answerable: 3" in shown
    assert "not answerable: 1" in shown
    assert "least answered: 0.620" in shown


def test_an_interval_from_zero_is_drawn() -> None:
    lines = list(read(interval_bar("F1", 0.1, 0.0, 0.5, 1.0)).iter("line"))
    assert [(number(line, "x1"), number(line, "x2")) for line in lines] == [(4, 116), (4, 60), (116, 116)]
    assert len(list(read(interval_bar("F1", 0.1, None, None, None)).iter("line"))) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_only_markup_is_left_unescaped(text: str) -> None:
    made = element("p", text, joined(element("b", text)), title=text, class_="x", data_label=text)
    root = read(made)
    assert [node.tag for node in root.iter()] == ["p", "b"]
    assert set(root.attrib) == {"title", "class", "data-label"}
