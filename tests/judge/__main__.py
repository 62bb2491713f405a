"""`python -m judge serve` answers the proxy of the end-to-end tests; `python -m judge report` tells what it comes to."""

import json
import sys

from judge.recording import Recording, Unusable
from judge.simulator import Simulator

USAGE = "usage: python -m judge serve | simulate | check FOLDER | report FOLDER"


def serve():
    """Reads calls from standard input, a line of JSON each, and answers those that are asked about."""
    # Parsers take a second to load, which not every command needs.
    from judge.verdicts import Judge

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


def simulate():
    """Reads authorisation requests from standard input, a line of JSON each, and answers each with its verdict."""
    simulator = Simulator()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(simulator.verdict(json.loads(line))) + "\n")
    simulator.end()
    return 0


def report(folder):
    from judge.report import report

    return report(folder)


def check(folder):
    """Whether there is a record of every test, by the programs that are built now."""
    if Recording(folder).complete:
        return 0
    raise Unusable(f"the record in `{folder}` is not that of all end-to-end tests, or one has failed")


def main(arguments):
    commands = {("serve",): serve, ("simulate",): simulate}
    if tuple(arguments) in commands:
        return commands[tuple(arguments)]()
    if len(arguments) == 2 and arguments[0] in ("check", "report"):
        try:
            return {"check": check, "report": report}[arguments[0]](arguments[1])
        except Unusable as reason:
            print(reason, file=sys.stderr)
            return 2
    return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
