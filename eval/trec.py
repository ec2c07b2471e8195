"""Any system's ranking, measured from TREC files: a run (query Q0 document rank score tag) against qrels."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import ir_measures

from eval.errors import CollectionError
from eval.measures import RANKING
from eval.statistics import Estimate, mean_estimate


def _rows(path: Path, columns: int) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CollectionError(f"{path} is no TREC file: it is not UTF-8 text.") from error
    rows = [line.split() for line in lines]
    for number, row in enumerate(rows, start=1):
        if row and len(row) != columns:
            raise CollectionError(f"{path}:{number}: {columns} columns are wanted, here are {len(row)}.")
    if not any(rows):
        raise CollectionError(f"{path} is empty.")
    return rows


def measure_trec(qrels_file: Path, run_file: Path) -> dict[str, Estimate]:
    """Return the ranking measures of a run; a judged query that the run lacks scores zero.

    Raises:
        CollectionError: A file cannot be read, is empty, or has a line that is not as it should be; or the files have
            no query in common.
    """
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for number, row in enumerate(_rows(qrels_file, 4), start=1):
        if row:
            if not row[3].lstrip("-").isdigit():
                raise CollectionError(f"{qrels_file}:{number}: the relevance {row[3]!r} is no whole number.")
            qrels[row[0]][row[2]] = int(row[3])
    run: dict[str, dict[str, float]] = defaultdict(dict)
    for number, row in enumerate(_rows(run_file, 6), start=1):
        if row:
            try:
                score = float(row[4])
            except ValueError:
                score = math.nan
            if not math.isfinite(score):
                raise CollectionError(f"{run_file}:{number}: the score {row[4]!r} is no number.")
            run[row[0]][row[2]] = score
    if qrels.keys().isdisjoint(run):
        raise CollectionError(f"{qrels_file} and {run_file} have no query in common.")
    values: dict[str, list[float]] = defaultdict(list)
    for metric in ir_measures.iter_calc(RANKING, dict(qrels), dict(run)):
        values[str(metric.measure)].append(float(metric.value))
    return {str(measure): mean_estimate(values[str(measure)]) for measure in RANKING}
