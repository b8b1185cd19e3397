"""What the end-to-end tests share: run the program, read what it says, make bars."""
import csv
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(os.environ.get("HYPERBAR", ROOT / "build/release/bin/hyperbar")).resolve())
DATA = pathlib.Path(os.environ.get("HYPERBAR_TEST_DATA", ROOT.parent / "shared/data"))

# Small enough to be quick, large enough to be the real thing.
LIGHT = ["--set", "catboost.depth=4", "--set", "catboost.iterations=80"]


class Skip(Exception):
    pass


def run(*args, env=None, timeout=900, cwd=None):
    full = dict(os.environ, **(env or {}))
    return subprocess.run([PROGRAM, *map(str, args)], capture_output=True, timeout=timeout, env=full, cwd=cwd)


def ok(*args, **kwargs):
    """Runs with --json, demands exit code 0, gives the object."""
    done = run(*args, "--json", **kwargs)
    assert done.returncode == 0, (args, done.returncode, done.stderr.decode(errors="replace")[-800:])
    return json.loads(done.stdout)


def refused(code, *args, words=(), **kwargs):
    """Demands this exit code, one line on standard error that holds the words, and the JSON error object."""
    done = run(*args, "--json", **kwargs)
    text = done.stderr.decode(errors="replace")
    assert done.returncode == code, (args, done.returncode, text[-800:])
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("hyperbar: "), (args, lines[:5])
    error = json.loads(done.stdout)["error"]
    assert set(error) >= {"status", "message"}, error
    for word in words:
        assert word in text, (word, text)
    return text


def real(name):
    path = DATA / name
    if not path.exists():
        raise Skip(f"no {name} in {DATA.name}")
    return path


def synth(folder, bars, signal, seed, name=None):
    path = folder / (name or f"s{seed}_{signal}.csv")
    ok("synth", "--bars", bars, "--signal", signal, "--seed", seed, "--out", path)
    return path


def read_csv(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def leftovers(folder):
    """Names under a folder that look half written."""
    return [str(p) for p in pathlib.Path(folder).rglob("*") if ".tmp." in p.name]
