"""Look the pinned dependencies up among known advisories: ``python .ci/audit.py``.

Exit code 1 means that there is a finding. Where the advisory service cannot be reached, or knows none of the packages
(as behind a mirror that serves no advisories), nothing was checked: that is said, with the reason, and is no failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PINS = Path(__file__).parents[1] / "constraints.txt"
SECONDS = 180
SERVICE = ("--vulnerability-service", "pypi", "--timeout", "10")
COMMAND = (sys.executable, "-m", "pip_audit", *SERVICE, "--no-deps", "--disable-pip", "--progress-spinner", "off")


def skip(reason: str) -> int:
    """Say why nothing was checked."""
    print(f"audit SKIPPED, nothing was checked: {reason}")
    return 0


def judge(report: str) -> int:
    """Print what a report of pip-audit says, and return the exit code."""
    packages = json.loads(report)["dependencies"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if len(unknown) == len(packages):
        return skip(f"the advisory service knows none of the {len(packages)} packages")
    findings = [(package, one) for package in packages for one in package.get("vulns", ())]
    for package, one in findings:
        fixed = ", ".join(one["fix_versions"]) or "no version"
        print(f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}")
    looked_up = len(packages) - len(unknown)
    print(f"audit: {len(findings)} advisories about {looked_up} packages", end="")
    print(f"; not looked up: {', '.join(unknown)}" if unknown else "")
    return 1 if findings else 0


def main(pins: Path = PINS) -> int:
    """Audit, within a bounded time."""
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*COMMAND, "--format", "json", "--requirement", str(pins)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return skip(f"the advisory service took more than {SECONDS} s")
    if done.stdout.startswith("{"):
        return judge(done.stdout)
    last = done.stderr.strip().splitlines()[-1:]
    if last and any(word in last[0] for word in ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError")):
        return skip(f"the advisory service cannot be reached: {last[0][:300]}")
    print(f"audit FAILED to run, exit code {done.returncode}:\n{done.stdout}{done.stderr}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
