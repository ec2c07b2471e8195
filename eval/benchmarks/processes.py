"""What a process and its children take, from ``/proc``; elsewhere than on Linux nothing is known, and None says so."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one process.

    Attributes:
        pss_mb: Proportional set size: its own pages, and its share of those that it shares, in MB (10^6 bytes).
        peak_rss_mb: The most that was ever resident at once, pages shared with others included, in MB.
    """

    pss_mb: float
    peak_rss_mb: float


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from the third on: the second may hold spaces."""
    return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it; none elsewhere than on Linux."""
    if sys.platform != "linux":
        return []
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                children[int(_stat(int(folder.name))[1])].append(int(folder.name))
    found = [root]
    for pid in found:
        found.extend(children[pid])
    return found


def cpu_seconds(pids: Sequence[int]) -> float | None:
    """Return the CPU time that processes have taken so far, of user and system together; None where it is not known.

    Raises:
        OSError: One of them has ended.
    """
    if not pids:
        return None
    ticks = sum(int(field) for pid in pids for field in _stat(pid)[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _kilobytes(file: Path, field: str) -> int:
    """Return a figure of a file of ``name: value kB`` lines."""
    for line in file.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise OSError(f"{file} does not tell {field}")


def memory(pids: Sequence[int]) -> list[Memory] | None:
    """Return what each process takes; None where it is not known."""
    if not pids:
        return None
    try:
        return [
            Memory(
                pss_mb=_kilobytes(_PROC / str(pid) / "smaps_rollup", "Pss") * 1024 / 1e6,
                peak_rss_mb=_kilobytes(_PROC / str(pid) / "status", "VmHWM") * 1024 / 1e6,
            )
            for pid in pids
        ]
    except OSError:  # some containers hide these files
        return None
