"""The files of a run: all raw figures as JSON, the tables as Markdown, the plots as PNG and SVG."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from eval.benchmarks.results import COMMAND, Budget, Results, Row, budgets, rows
from eval.benchmarks.servers import OURS, PLAIN, TXTAI

THROUGHPUT, LATENCY = "serving-throughput", "serving-latency"
_COLOURS = {PLAIN: "#8a93a0", TXTAI: "#b07d2b", OURS: "#0b63b0"}
_INK, _GRID = "#24292f", "#dfe3e8"
_PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
"""Behind labels, so that no line of the grid runs through them."""
_STYLE: Any = {  # the type that matplotlib gives names every key that its version has
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#8c959f",
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 34,
    "svg.hashsalt": "pincite",
}


def write(results: Results, folder: Path) -> list[Path]:
    """Write all files into a folder, which is made if need be, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    summed, judged = rows(results), budgets(results)
    figures = {**asdict(results), "summary": [asdict(one) for one in summed]}
    figures["budgets"] = [{**asdict(one), "verdict": one.verdict} for one in judged]
    files = {
        folder / "serving.json": json.dumps(figures, indent=1, ensure_ascii=False) + "\n",
        folder / "serving.md": markdown(results, summed, judged),
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return [*files, *_plots(results, summed, folder)]


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    dashes = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, dashes, *lines))


def _number(value: float | None, digits: int = 1) -> str:
    return "not available" if value is None else f"{value:,.{digits}f}"


def markdown(results: Results, summed: Sequence[Row], judged: Sequence[Budget]) -> str:
    """Return the page of a run."""
    machine = results.machine
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:.1f} GB"
    load = "" if machine.load_average is None else f" The load average before the run was {machine.load_average:.2f}."
    setting = (
        f"{results.date}, on {machine.cores} cores of {machine.cpu}{memory}; {machine.system}; Python "
        f"{machine.python}.{load}"
    )
    what = (
        f"Every server answers from the {results.passages:,} passages of `{results.corpus}`, and the load comes from "
        f"the same machine. Pincite searches {results.spans:,} span vectors and words besides, and returns quotes. The "
        "plain app is `eval/benchmarks/plain.py`: FastAPI, sentence-transformers and a flat FAISS index with the same "
        "model, as uvicorn serves it by default."
    )
    how = (
        "A closed loop over keep-alive connections: each asks again when it has its answer. Medians over "
        f"{_counted(results.rounds, 'round')}, in each of which the servers take turns; windows of {results.seconds:g} "
        f"s after {results.warmup:g} s of warm-up; the largest latency is that of all rounds. The ratio is to the "
        "plain app in the same round: median, least and largest. In a round no server is asked a question twice."
    )
    start = (
        "Start: from the start of the process to the end of its first answer, the index being on disk; median of "
        f"{_counted(len(results.starts[OURS]), 'run')}. PSS: a process's own memory and its share of what it shares; "
        "the most is the largest sum of all windows. Of Pincite's processes, the first watches over the others. "
        "Peak RSS counts shared pages in every process."
    )
    bulk = (
        f"{_counted(results.bulk.texts, 'paragraph')} of about 150 tokens, by turns, "
        f"{_counted(len(results.bulk.ours), 'time')}; the ratio's median is {results.bulk.ratio:.2f}. The two vectors "
        f"of a text have a cosine of at least {results.bulk.least_cosine:.5f}."
    )
    parts = [
        "# Serving, measured",
        *(["**A quick run: it shows that all of this works; its figures say nothing.**"] if results.quick else []),
        f"```console\n{results.command}\n```",
        setting,
        what,
        "## Budgets",
        _budget_table(judged),
        "## Questions a second and latency",
        f"![Questions a second by connections]({THROUGHPUT}.svg)",
        f"![Latency by connections]({LATENCY}.svg)",
        _load_table(summed),
        how + _reworded(results),
        _errors(results),
        "## Start and memory",
        _start_table(results),
        start,
        "## Bulk encoding",
        _bulk_table(results),
        bulk,
        *(f"{name} was not measured: {reason}" for name, reason in results.missing.items()),
        "## Versions",
        ", ".join(f"{name} {number}" for name, number in machine.libraries.items()) + ".",
        "All figures, window by window, are in [`serving.json`](serving.json).",
    ]
    return "\n\n".join(parts) + "\n"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _reworded(results: Results) -> str:
    reworded = {server: results.reworded(server) for server in results.servers}
    told = ", ".join(f"{count:,} to {server}" for server, count in reworded.items() if count)
    if not told:
        return ""
    return (
        f" Requests after the {results.questions:,} questions were used up asked them behind other words "
        f'("In short words, ..."): {told}.'
    )


def _errors(results: Results) -> str:
    failed = [window for window in results.windows if window.load.errors]
    if not failed:
        return "Every request was answered with status 200."
    why = f"the first, of {failed[0].server}: `{failed[0].load.first_error[:200]!r}`"
    return f"**{_counted(results.errors, 'request')} failed**; {why}."


def _budget_table(judged: Sequence[Budget]) -> str:
    lines = []
    for one in judged:
        digits = 2 if one.unit in ("times", "s") else 0
        goal = f"{'under' if one.at_most else 'at least'} {one.limit:g} {one.unit}"
        value = "" if one.value is None else f"{one.value:,.{digits}f} {one.unit}"
        plain = "" if one.plain is None else f"{one.plain:,.{digits}f} {one.unit}"
        lines.append((one.name, plain, value, goal, one.verdict))
    return _table(("", PLAIN, OURS, "budget", "verdict"), lines)


def _load_table(summed: Sequence[Row]) -> str:
    return _table(
        ("connections", "server", "questions/s", "ratio", "p50 ms", "p99 ms", "max ms", "CPU ms/question", "errors"),
        [
            (
                str(one.connections),
                one.server,
                _number(one.rate),
                "" if one.server == PLAIN else "{:.2f} ({:.2f} to {:.2f})".format(*one.ratio),
                _number(one.p50_ms),
                _number(one.p99_ms),
                _number(one.max_ms),
                _number(one.cpu_ms, 2),
                f"{one.errors:,}",
            )
            for one in summed
        ],
    )


def _start_table(results: Results) -> str:
    lines = []
    for server in results.servers:
        memory = results.memory[server]
        start = _number(float(np.median(results.starts[server])), 2)
        if memory is None:
            lines.append((server, start, *["not available"] * 4))
            continue
        each = " + ".join(_number(one.pss_mb, 0) for one in memory.processes)
        sums = (_number(memory.most_pss_mb, 0), _number(memory.peak_rss_mb, 0))
        lines.append((server, start, str(len(memory.processes)), each, *sums))
    command = _number(float(np.median(results.starts[COMMAND])), 2)
    lines.append((f"`{COMMAND}`", command, "", "", "", ""))
    head = ("", "start to first answer, s", "processes", "PSS of each at the end, MB", "most PSS, MB", "peak RSS, MB")
    return _table(head, lines)


def _bulk_table(results: Results) -> str:
    bulk = results.bulk
    rates = ((OURS, bulk.ours), ("sentence-transformers", bulk.plain))
    return _table(
        ("", "paragraphs/s (median)", "least", "largest"),
        [(name, _number(float(np.median(each))), _number(min(each)), _number(max(each))) for name, each in rates],
    )


def _plots(results: Results, summed: Sequence[Row], folder: Path) -> list[Path]:
    written = []
    with mpl.rc_context(_STYLE):
        for name, draw in ((THROUGHPUT, _draw_throughput), (LATENCY, _draw_latency)):
            figure = Figure(figsize=(7.2, 4.2), layout="constrained", facecolor="white")
            axes = figure.add_subplot()
            draw(axes, results, summed)
            axes.set_xlabel("connections asking at a time")
            axes.set_xticks(range(len(results.connections)), [str(count) for count in results.connections])
            axes.tick_params(length=0)
            axes.set_axisbelow(True)
            for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
                path = folder / f"{name}.{kind}"
                figure.savefig(path, dpi=160, metadata=metadata)
                written.append(path)
    return written


def _of(summed: Sequence[Row], server: str) -> list[Row]:
    return [one for one in summed if one.server == server]


def _offsets(results: Results) -> dict[str, float]:
    """Return where each server stands beside a number of connections, and keep them from overlapping."""
    count = len(results.servers)
    width = 0.8 / count
    return {server: (place - (count - 1) / 2) * width for place, server in enumerate(results.servers)}


def _draw_throughput(axes: Axes, results: Results, summed: Sequence[Row]) -> None:
    width = 0.8 / len(results.servers)
    for server, offset in _offsets(results).items():
        mine = _of(summed, server)
        places = [place + offset for place in range(len(mine))]
        bars = axes.bar(places, [one.rate for one in mine], width * 0.92, color=_COLOURS[server])
        labels = [
            f"{one.rate:,.0f}" if server == PLAIN else f"{one.rate:,.0f}\n({one.ratio[0]:.1f}×)"  # noqa: RUF001
            for one in mine
        ]
        axes.bar_label(bars, labels, padding=3, fontsize=10, bbox=_PLATE)
    axes.set_title("Questions answered a second")
    axes.set_ylabel("questions a second")
    axes.margins(y=0.18)
    axes.yaxis.grid(visible=True, color=_GRID, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    _legend(axes, [Patch(color=_COLOURS[server], label=server) for server in results.servers])


def _draw_latency(axes: Axes, results: Results, summed: Sequence[Row]) -> None:
    for server, offset in _offsets(results).items():
        mine, colour = _of(summed, server), _COLOURS[server]
        places = [place + offset * 0.6 for place in range(len(mine))]
        lows, highs = [one.p50_ms for one in mine], [one.p99_ms for one in mine]
        axes.vlines(places, lows, highs, color=colour, linewidth=2.5)
        axes.plot(places, lows, "o", color=colour, markersize=8)
        axes.plot(places, highs, "o", color=colour, markersize=8, markerfacecolor="white", markeredgewidth=2)
        for values, away, stands in ((lows, -8, "top"), (highs, 8, "bottom")):
            for place, value in zip(places, values, strict=True):
                text = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
                where: Any = {"xytext": (0, away), "textcoords": "offset points", "ha": "center", "va": stands}
                axes.annotate(text, (place, value), fontsize=10, bbox=_PLATE, **where)
    axes.set_yscale("log")
    axes.margins(y=0.16)
    axes.set_title("Latency")
    axes.set_ylabel("milliseconds, log scale")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.grid(visible=True, color=_GRID, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(-0.5, len(results.connections) - 0.5)
    dots: Any = {"color": _INK, "marker": "o", "linestyle": "none", "markersize": 8, "markeredgewidth": 2}
    _legend(
        axes,
        [
            *(Line2D([], [], color=_COLOURS[server], linewidth=6, label=server) for server in results.servers),
            Line2D([], [], label="median", **dots),
            Line2D([], [], label="99th percentile", markerfacecolor="white", **dots),
        ],
    )


def _legend(axes: Axes, handles: Sequence[Artist]) -> None:
    """Draw a legend between title and plot, in one line."""
    axes.legend(
        handles=list(handles), loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(handles), frameon=False,
        borderaxespad=0.3, columnspacing=1.4, handlelength=1.2,
    )  # fmt: skip
