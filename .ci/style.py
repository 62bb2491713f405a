#!/usr/bin/env python3
"""Measures the style rules of CONTRIBUTING.md over the Rust sources.

Prints one line a rule with its bound; --list prints the places; --check exits with 1 if a figure passes its bound. Sources
are read line by line, without a parser: the figures are for comparing commits of this project.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from judge.figures import keep  # noqa: E402: found by the path above


QUESTION = re.compile(r"^\s*//[/!] (What|Where|Who|Whose|How|As|Whether)\b")
DOC = re.compile(r"^\s*//[/!] \S")
FUNCTION = re.compile(r"^(\s*)(?:pub(?:\([a-z]+\))? )?(?:const )?(?:async )?fn ([a-z0-9_]+)")
TYPE = re.compile(r"^\s*(?:pub(?:\([a-z]+\))? )?(?:struct|enum|trait) ([A-Z][A-Za-z0-9]*)")
USE = re.compile(r"\buse (?:crate|super|self)::[^;]+;", re.S)


def sources():
    names = subprocess.run(["git", "ls-files", "*.rs"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in names.split() if not name.startswith("fuzz/")]


def is_test(path):
    return path.stem.endswith("tests") or "tests" in path.parts[-3:-1] or path.parts[0] == "tests" or "it" in path.parts


def opens_with_question(lines):
    """The first lines of doc comments, and those of them that open with a question word but for `Whether` of a bool."""
    docs, questions = 0, []
    for number, line in enumerate(lines):
        if not DOC.match(line) or (number and re.match(r"^\s*//[/!]", lines[number - 1])):
            continue
        docs += 1
        if QUESTION.match(line):
            rest = [l for l in lines[number : number + 12] if not re.match(r"^\s*(//|#\[)", l)]
            if "Whether" in line and rest and "bool" in rest[0]:
                continue
            questions.append(number + 1)
    return docs, questions


def is_declaration(lines, number):
    """Whether the function that begins on this line is a trait's, without a body."""
    for line in lines[number:]:
        if line.rstrip().endswith(("{", "}")):
            return False
        if line.rstrip().endswith(";"):
            return True
    return False


def is_too_long(line):
    """Whether a line passes 100 columns and has a place to break it: an import or an ARN has none, data in `r#` neither."""
    return len(line) > 100 and 'r#"' not in line and not re.match(r"\s*(use \S+;|//[/!]? \S+)$", line)


def lines_in_literals(text):
    """The lines on which a string literal goes on that began above: snapshots and documents, data rather than code."""
    inside, at, line = set(), 0, 0
    token = re.compile(r"""//[^\n]*|b?r(#*)"(?:.|\n)*?"\1|"(?:\\(?:.|\n)|[^"\\])*"|'(?:\\[^']*|[^\\'])'""")
    for match in token.finditer(text):
        line += text.count("\n", at, match.start())
        length = match.group().count("\n")
        inside.update(range(line + 1, line + length + 1))
        line, at = line + length, match.end()
    return inside


def function_lengths(lines):
    """The name and the number of lines of each function, found by its indentation."""
    for number, line in enumerate(lines):
        match = FUNCTION.match(line)
        if not match or is_declaration(lines, number):
            continue
        end = number
        while end < len(lines) and not lines[end].startswith(match.group(1) + "}") and not (
            end == number and line.rstrip().endswith("}")
        ):
            end += 1
        yield match.group(2), number + 1, end - number + 1


def module_of(path, crate):
    parts = list(path.relative_to(crate / "src").with_suffix("").parts)
    return tuple(part for part in parts if part not in ("lib", "main", "mod"))


def import_rings(paths):
    """Strongly connected components of more than one file, over the `use` of each crate's own modules."""
    crates = defaultdict(list)
    for path in paths:
        if "src" in path.parts and "bin" not in path.parts and not is_test(path):
            crates[Path(*path.parts[: path.parts.index("src")])].append(path)
    rings = []
    for crate, files in crates.items():
        modules = {module_of(path, crate): path for path in files}
        edges = {module: set() for module in modules}
        for module, path in modules.items():
            text = (ROOT / path).read_text()
            text = text.split("#[cfg(test)]\nmod tests")[0]
            for use in USE.findall(text):
                for target in targets(" ".join(use[4:-1].split()), module, path):
                    while target and target not in modules:
                        target = target[:-1]
                    if target and target != module and target != module[: len(target)]:
                        edges[module].add(target)
        rings += [(str(crate), ring) for ring in components(edges) if len(ring) > 1]
    return rings


def targets(use, module, path):
    """The full paths in one `use`, with groups taken apart."""
    def expand(text):
        brace = text.find("{")
        if brace < 0:
            yield text.split(" as ")[0].strip()
            return
        depth, item, head = 0, "", text[:brace]
        for char in text[brace + 1 : text.rfind("}")]:
            depth += (char == "{") - (char == "}")
            if char == "," and depth == 0:
                yield from expand(head + item.strip())
                item = ""
            else:
                item += char
        if item.strip():
            yield from expand(head + item.strip())

    for one in expand(use):
        parts = [part for part in one.split("::") if part]
        base = () if parts[0] == "crate" else module
        if parts[0] in ("super", "self"):
            for part in parts:
                base = base[:-1] if part == "super" else base
        yield base + tuple(part for part in parts if part not in ("crate", "super", "self"))


def components(edges):
    """Tarjan's algorithm."""
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for target in edges[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in on:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            ring = []
            while True:
                last = stack.pop()
                on.remove(last)
                ring.append("::".join(last) or "crate")
                if last == node:
                    break
            found.append(sorted(ring))

    sys.setrecursionlimit(10000)
    for node in edges:
        if node not in index:
            visit(node)
    return found


def p90(values):
    return sorted(values)[int(len(values) * 0.9)] if values else 0


def measure():
    paths = sources()
    docs, questions, functions, one_word, lengths, long_lines, types = 0, [], 0, [], [], [], defaultdict(list)
    files = []
    for path in paths:
        lines = (ROOT / path).read_text().splitlines()
        files.append(len(lines))
        data = lines_in_literals("\n".join(lines))
        long_lines += [f"{path}:{n + 1}" for n, line in enumerate(lines) if is_too_long(line) and n not in data]
        count, found = opens_with_question(lines)
        docs += count
        questions += [f"{path}:{number}" for number in found]
        in_tests = is_test(path)
        for number, line in enumerate(lines):
            in_tests = in_tests or line.startswith("#[cfg(test)]") and number + 1 < len(lines) and "mod tests" in lines[number + 1]
            match = TYPE.match(line)
            if match and not in_tests:
                types[match.group(1)].append(f"{path}:{number + 1}")
        for name, number, length in function_lengths(lines):
            functions += 1
            lengths.append(length)
            if "_" not in name and name not in ("main", "new", "default", "fmt", "from", "deref", "next", "drop"):
                one_word.append(f"{path}:{number} {name}")
    rings = import_rings(paths)
    doubled = [f"{name}: {', '.join(where)}" for name, where in sorted(types.items()) if len(where) > 1]
    return [
        ("doc comments that open with a question word", "%", 100 * len(questions) / docs, 3, questions),
        ("one-word function names", "%", 100 * len(one_word) / functions, 40, one_word),
        ("lines over 100 columns", "lines", len(long_lines), 0, long_lines),
        ("import rings", "rings", len(rings), 2, [f"{crate}: {' '.join(ring)}" for crate, ring in rings]),
        ("file length 90th percentile", "lines", p90(files), 200, []),
        ("function length 90th percentile", "lines", p90(lengths), 20, []),
        ("type names with more than one meaning", "names", len(doubled), 0, doubled),
    ]


def main(arguments):
    passed = []
    for rule, unit, value, bound, places in measure():
        print(f"{value:8.1f}  {rule} ({unit}, at most {bound})")
        if "--list" in arguments:
            print("".join(f"          {place}\n" for place in places), end="")
        if value > bound:
            passed.append(rule)
        if "--check" in arguments:
            keep(f"style: {rule}", value, unit, "make style")
    if "--check" in arguments and passed:
        sys.exit("style: over the bound: " + "; ".join(passed) + ". `python3 .ci/style.py --list` shows the places")


if __name__ == "__main__":
    main(sys.argv[1:])
