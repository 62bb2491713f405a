#!/usr/bin/env python3
"""Finds the words in texts for users that docs/GLOSSARY.md lists as "not".

The texts are README, CHANGELOG, CONTRIBUTING, SECURITY and docs (not docs/decisions, which keep the words of their time), the
configuration template, the help of the commands, the string literals of the command line and of the functions, and the snapshots
of alerts. Text in backticks, quoted messages of AWS and the glossary are exempt.
Prints all places at once and exits with 1 if there is one.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from judge.figures import keep  # noqa: E402: found by the path above


# (word, where, in what): why the word is right there.
EXCEPTIONS = [
    ("project", r"", r"\b[Tt]his project\b", "the software itself, not a stack"),
    ("project", r"CONTRIBUTING|ARCHITECTURE|README", r"", "documents about the software itself"),
    ("folder", r"LOCAL\.md|CONTRIBUTING|ARCHITECTURE|infra/src/local/", r"", "folders of this machine, not of a file system"),
    ("folder", r"infra/src|reconciler/src", r"temporary folder|the folder takes|folder for the upload", "a folder of this machine"),
    ("folder", r"README|SEMANTICS", r"own folders|\| folder \||local cloud", "folders of this machine"),
    ("project", r"OPERATIONS", r"Terraform project", "what it is called there"),
    ("stage", r"ARCHITECTURE", r"stages of the reconciler", "a stage of a program"),
    ("job", r"examples/github/", r"jobs:", "the key of GitHub's workflows"),
    ("job", r"", r"\b(CI|cron|GitHub) (job|role)|cron", "a job of CI or cron"),
]

RUST = ["infra/src", *(f"crates/{name}/src" for name in (
    "bootstrap-stack", "domain", "on-execution-complete", "reconciler", "start-execution", "verify-versions"))]

LITERAL = re.compile(r"""//[^\n]*|b?r(#*)"((?:.|\n)*?)"\1|"((?:\\(?:.|\n)|[^"\\])*)"|'(?:\\[^']*|[^\\'])'""")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
# Messages of AWS are quoted in double quotes.
QUOTED = re.compile(r'"[^"\n]*(?:\n[^"\n]+)?"|“[^”]*”')


def banned_words():
    """The words of the last column of the glossary's tables."""
    for line in (ROOT / "docs/GLOSSARY.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[2] not in ("not", "---", ""):
            yield from (word.strip() for word in cells[2].split(","))


def pattern_of(word):
    """The word in its forms: jobs, sealed, retires."""
    last = re.escape(word.split()[-1].removesuffix("e"))
    head = "".join(re.escape(part) + r"\s+" for part in word.split()[:-1])
    return re.compile(rf"\b{head}{last}(?:e|s|es|ed|d|ing|ly)?\b", re.IGNORECASE)


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


def blank(match):
    """The text of a match without anything but its line feeds, so that line numbers stay."""
    return "\n" * match.group().count("\n")


def texts():
    """(path, line, text) of each paragraph or literal that users read."""
    for path in [*tracked("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ":(glob)docs/*.md", "examples/*"), *tracked("tests/it/snapshots/*.snap", "*.snap")]:
        if path != "docs/GLOSSARY.md":
            text = (ROOT / path).read_text()
            if path.endswith(".snap"):  # Its head is insta's, with the expression that was shown.
                text = text.split("\n---\n", 1)[1]
            text = QUOTED.sub(blank, CODE.sub(blank, text)) if path.endswith(".md") else CODE.sub(blank, text)
            yield from ((path, number, line) for number, line in enumerate(text.splitlines(), 1))
    for path in tracked(*(f"{folder}/**.rs" for folder in RUST)):
        if "tests" not in path and "fixtures" not in path and "fakes" not in path:
            yield from rust_texts(path, (ROOT / path).read_text())


def rust_texts(path, source):
    source = source.split("#[cfg(test)]\nmod tests {")[0]
    for match in LITERAL.finditer(source):
        literal = match[2] or match[3]
        if literal and " " in literal:
            number = source.count("\n", 0, match.start()) + 1
            literal = re.sub(r"\{[A-Za-z_:?]*\}", "", CODE.sub(blank, literal.replace('\\"', '"')))
            yield from ((path, number + offset, line) for offset, line in enumerate(literal.split("\n")))
    if is_help(path):
        for number, line in enumerate(source.splitlines(), 1):
            if line.strip().startswith("///"):
                yield path, number, CODE.sub(blank, line)


def is_help(path):
    """Whether clap takes the doc comments of this file as help."""
    return re.search(r"/cli(/\w+)?\.rs$", path) is not None


def is_exempt(word, path, line):
    return any(
        word == excepted and re.search(where, path) and re.search(what, line) for excepted, where, what, _ in EXCEPTIONS
    )


def find(words, places):
    patterns = {word: pattern_of(word) for word in words}
    for path, number, line in places:
        for word, pattern in patterns.items():
            if pattern.search(line) and not is_exempt(word, path, line):
                yield f"{path}:{number}: `{word}`: {line.strip()[:120]}"


def require_that_it_finds(words):
    """Plants each word in a document and in a literal: a search that finds nothing proves nothing."""
    for word in words:
        planted = [("docs/X.md", 1, f"one {word} here"), *rust_texts("infra/src/x.rs", f'fail("some {word} here");')]
        assert len(list(find([word], planted))) == 2, f"`{word}` is not found where it was planted"
        code = [*rust_texts("infra/src/x.rs", f'fail("the `{word}` here"); // the {word} here')]
        assert not list(find([word], code)), f"`{word}` is found in code or in a comment"


def main():
    words = list(banned_words())
    assert len(words) > 10, "the glossary has lost its tables"
    require_that_it_finds(words)
    places = list(texts())
    assert len(places) > 2000, f"only {len(places)} texts were read"
    helped = [path for path, _, _ in places if path.startswith("infra/src/cli/")]
    assert len(helped) > 50, f"only {len(helped)} lines of the arguments' help were read"
    found = list(find(words, places))
    keep("texts for users without a banned word", len(places) - len(found), "texts", "make lint")
    if found:
        print("\n".join(found))
        sys.exit(f"words: {len(found)} places use a word that docs/GLOSSARY.md lists as \"not\"")


if __name__ == "__main__":
    main()
