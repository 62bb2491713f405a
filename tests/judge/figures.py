"""Figures as `crates/measurements` has them: one JSON document for each, under `target/figures/`."""

import functools
import json
import subprocess

from judge.recording import ROOT


def record(name, value, unit):
    """Prints a figure of the judges and keeps it."""
    keep(name, value, unit, "make judge-iam")
    print(f"{name}: {value} {unit}")


def keep(name, value, unit, command):
    """Keeps a figure for `make figures`."""
    figure = {"name": name, "value": float(value), "unit": unit, "command": command, "commit": commit()}
    folder = ROOT / "target/figures"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name.replace(' ', '-').replace('/', '-')}.json"
    file.write_text(json.dumps(figure, indent=2))


@functools.cache
def commit():
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")
