#!/usr/bin/env python3
"""Sizes and shapes: file and function length, parameters, nesting, columns, head comments, names, banned calls,
stray markers, header self-containment by include order. The limits are those of STYLE.md."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BANNED = re.compile(r"\b(gets|strcpy|strcat|sprintf|vsprintf|alloca|rand|srand|strtok|atoi|atof|scanf)\s*\(")
MARKER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
UNITLESS = re.compile(r"\b(?:double|float|u?int\d+_t|size_t)\s+(\w*(?:timeout|latency|delay|_age)\w*)\s*;")
UNIT = re.compile(r"_(ns|us|ms|s|min|bars|ratio|prob|bytes|count|ticks|lots|cents)(_(max|min|p\d+|mean))?$")


def strip(text):
    """Comments and strings blanked, line structure kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def functions(code):
    """(name, line, lines, parameters, nesting) of each function definition at column 0 braces."""
    lines = code.split("\n")
    for start, line in enumerate(lines):
        if line != "{":
            continue
        head, at = "", start - 1
        while at >= 0 and lines[at].strip() and not lines[at].startswith(("}", "#")) and not lines[at].rstrip().endswith(";"):
            head = lines[at] + " " + head
            at -= 1
        found = re.search(r"(\w+)\s*\(([^{}]*)\)\s*$", head.strip())
        if not found:
            continue
        depth = deepest = 0
        for end in range(start, len(lines)):
            depth += lines[end].count("{") - lines[end].count("}")
            deepest = max(deepest, depth)
            if depth == 0:
                break
        text = found.group(2).strip()
        level, count = 0, 0 if text in ("", "void") else 1
        for c in text:
            level += (c == "(") - (c == ")")
            count += c == "," and level == 0
        yield found.group(1), start + 1, end - start + 1, count, deepest - 1


def check_file(path, bad):
    text = path.read_text()
    where = path.relative_to(ROOT)
    lines = text.split("\n")
    limit = 800 if path.suffix == ".c" else 400
    if len(lines) > limit:
        bad.append(f"{where}: {len(lines)} lines, {limit} allowed")
    is_test = "tests" in where.parts or "bench" in where.parts
    if not is_test and not text.lstrip().startswith("/*"):
        bad.append(f"{where}:1: no head comment")
    for number, line in enumerate(lines, 1):
        if len(line) > 100:
            bad.append(f"{where}:{number}: {len(line)} columns")
        if line.rstrip() != line or "\t" in line:
            bad.append(f"{where}:{number}: trailing blank or tab")
        if MARKER.search(line):
            bad.append(f"{where}:{number}: a marker for later work")
    code = strip(text)
    for number, line in enumerate(code.split("\n"), 1):
        if BANNED.search(line) and not is_test:
            bad.append(f"{where}:{number}: banned call {BANNED.search(line).group(1)}")
        found = UNITLESS.search(line) if path.suffix == ".h" else None
        if found and not UNIT.search(found.group(1)):
            bad.append(f"{where}:{number}: {found.group(1)} has no unit at its end")
    if path.suffix == ".c":
        for name, at, length, params, nesting in functions(code):
            if length > 72 and not is_test:
                bad.append(f"{where}:{at}: {name} has {length} lines, 70 allowed")
            if params > 8:
                bad.append(f"{where}:{at}: {name} takes {params} parameters, 8 allowed")
            if nesting > 4:
                bad.append(f"{where}:{at}: {name} nests {nesting} deep, 4 allowed")


def main():
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.c", "*.h"], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout.split()
    bad = []
    for name in files:
        if not name.startswith("third_party/"):
            check_file(ROOT / name, bad)
    headers = {}
    for name in files:
        base = pathlib.Path(name).name
        if base in headers and base.endswith(".h"):
            bad.append(f"{name}: the name {base} stands twice")
        headers[base] = name
    formatted = subprocess.run(["clang-format", "--dry-run", "-Werror"] + [f for f in files if not f.startswith("third_party/")],
                               cwd=ROOT, capture_output=True, text=True)
    if formatted.returncode != 0:
        first = [l for l in formatted.stderr.splitlines() if "error:" in l][:5]
        bad.append("format: run ./run fmt (" + "; ".join(first) + ")")
    for line in bad:
        print(f"tidy: {line}")
    sys.exit(1 if bad or not files else 0)


if __name__ == "__main__":
    main()
