"""What is accepted although no call shows its need, each with its reason: `accepted.json`."""

import json
from pathlib import Path

FILE = Path(__file__).parent / "accepted.json"


class Accepted:
    """`unused`: granted actions, as role, statement, action. `unneeded`: statements, as role or service, statement."""

    def __init__(self, entries=None):
        entries = json.loads(FILE.read_text()) if entries is None else entries
        for one in (one for of_kind in entries.values() for one in of_kind):
            if not one["reason"].strip():
                raise ValueError(f"{one['what']} has no reason")
        self.entries = {kind: {tuple(one["what"]) for one in of_kind} for kind, of_kind in entries.items()}
        self.met = {kind: set() for kind in entries}

    def without(self, kind, found):
        """What of `found` is not accepted."""
        self.met[kind].update(self.entries[kind].intersection(found))
        return [one for one in found if one not in self.entries[kind]]

    def out_of_date(self):
        """What is accepted and was found no more."""
        stale = [one for kind, entries in self.entries.items() for one in entries - self.met[kind]]
        return [f"accepted.json is out of date: {' '.join(one)}" for one in sorted(stale)]
