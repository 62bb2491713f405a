"""`python -m judge serve` answers the proxy of the end-to-end tests; `python -m judge report` tells what it comes to."""

import json
import sys

from judge.report import report
from judge.verdicts import Judge


def serve():
    """Reads calls from standard input, a line of JSON each, and answers those that are asked about."""
    judge = Judge()
    for line in sys.stdin:
        told = json.loads(line)
        if "ask" in told:
            sys.stdout.write(json.dumps({"n": told["ask"]["n"], **judge.ask(told["ask"])}) + "\n")
            sys.stdout.flush()
        elif "learn" in told:
            judge.learn(told["learn"])
        else:
            judge.declare(**told["declare"])
    judge.simulator.end()
    return 0


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "serve":
        sys.exit(serve())
    if command == "report":
        sys.exit(report(sys.argv[2]))
    sys.exit("usage: python -m judge serve | report FOLDER")
