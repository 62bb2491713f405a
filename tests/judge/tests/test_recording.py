import json
import tempfile
import unittest
from pathlib import Path

from judge.recording import Recording, Unusable


class Records(unittest.TestCase):
    """A record that is not whole, or of other programs, is refused with words."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.program = self.folder / "program"
        self.program.write_text("built")
        stat = self.program.stat()
        self.summary = {"complete": True, "lines": 2, "built": {"program": f"{stat.st_size}-{stat.st_mtime_ns}"}}

    def write(self, calls='{"a": 1}\n{"a": 2}\n', summary=None):
        (self.folder / "calls.jsonl").write_text(calls)
        (self.folder / "summary.json").write_text(json.dumps(self.summary) if summary is None else summary)

    def read(self):
        return Recording(self.folder, root=self.folder)

    def refuses(self, words):
        with self.assertRaisesRegex(Unusable, words):
            self.read()

    def test_a_whole_record(self):
        self.write()
        self.assertEqual([line["a"] for line in self.read().lines()], [1, 2])
        self.assertTrue(self.read().complete)

    def test_no_record(self):
        self.refuses("there is no record")

    def test_a_run_that_was_interrupted(self):
        self.write()
        (self.folder / "summary.json").unlink()
        self.refuses("was interrupted")

    def test_a_summary_that_is_damaged(self):
        self.write(summary='{"complete": tr')
        self.refuses("is damaged")

    def test_a_last_line_that_is_cut(self):
        self.write(calls='{"a": 1}\n{"a": ')
        self.refuses("may be cut")

    def test_a_line_that_is_missing(self):
        self.write(calls='{"a": 1}\n')
        self.refuses("has 1 lines")

    def test_a_program_that_was_built_again(self):
        self.write()
        self.program.write_text("built again")
        self.refuses("`program` was built again")
        self.program.unlink()
        self.refuses("is not built any more")
