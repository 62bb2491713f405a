"""The record of a run of the end-to-end tests: whether it is whole, and about the programs that are built now."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Unusable(Exception):
    """A record that cannot be judged, with what to do."""


class Recording:
    """`calls.jsonl` with its `summary.json`, which a run writes at its end (`tests/src/judging_proxy/recorder.rs`)."""

    def __init__(self, folder, root=ROOT):
        self.calls = Path(folder) / "calls.jsonl"
        self.summary = read_summary(Path(folder))
        require_lines(self.calls, self.summary["lines"])
        require_same_programs(self.summary["built"], root)

    @property
    def complete(self):
        """Whether every end-to-end test ran and passed."""
        return self.summary["complete"]

    def lines(self):
        with open(self.calls) as calls:
            for line in calls:
                yield json.loads(line)


def read_summary(folder):
    if not (folder / "calls.jsonl").exists():
        raise Unusable(f"there is no record in `{folder}`: `make test` makes one")
    try:
        return json.loads((folder / "summary.json").read_text())
    except FileNotFoundError:
        raise Unusable(f"the run that made the record in `{folder}` was interrupted, or has not ended") from None
    except ValueError as error:
        raise Unusable(f"`{folder / 'summary.json'}` is damaged: {error}") from None


def require_lines(calls, expected):
    found, last = 0, b"\n"
    with open(calls, "rb") as file:
        for last in file:
            found += 1
    if found != expected or not last.endswith(b"\n"):
        raise Unusable(f"`{calls}` has {found} lines, of which the last may be cut, where the run wrote {expected}")


def require_same_programs(built, root):
    """The programs are those of the record: another build may make other calls."""
    for path, identity in sorted(built.items()):
        try:
            stat = (root / path).stat()
        except FileNotFoundError:
            raise Unusable(f"`{path}`, which made the record, is not built any more") from None
        if f"{stat.st_size}-{stat.st_mtime_ns}" != identity:
            raise Unusable(f"`{path}` was built again after the record was made")
