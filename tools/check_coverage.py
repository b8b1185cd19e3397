#!/usr/bin/env python3
"""Branch coverage of the code that must not be wrong: src/math and src/flow/5_gate, at least 90 % each."""
import json
import pathlib
import subprocess
import sys

FLOOR = 90.0
WATCHED = {"math": "src/math/", "gate": "src/flow/5_gate/"}


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    root = pathlib.Path(__file__).resolve().parent.parent
    done = subprocess.run(["gcovr", "--root", str(root), "--object-directory", str(build), "--json", "--exclude-throw-branches",
                           "--filter", "src/math/", "--filter", "src/flow/5_gate/", str(build)],
                          capture_output=True, text=True, cwd=root)
    if done.returncode != 0:
        sys.exit("coverage: gcovr failed: " + done.stderr[-800:])
    bad = False
    report = json.loads(done.stdout)
    for name, prefix in WATCHED.items():
        taken = total = 0
        for file in report["files"]:
            if not file["file"].startswith(prefix):
                continue
            here = here_taken = 0
            for line in file["lines"]:
                here += len(line["branches"])
                here_taken += sum(1 for b in line["branches"] if b["count"] > 0)
            taken, total = taken + here_taken, total + here
            if here:
                print(f"  {file['file']:44} {here_taken:4}/{here:4} branches")
        share = 100.0 * taken / total if total else 0.0
        print(f"coverage: {name} {share:.1f} % of {total} branches (at least {FLOOR:.0f} %)")
        bad |= share < FLOOR
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
