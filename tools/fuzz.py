#!/usr/bin/env python3
"""Runs each libFuzzer target of a fuzz build for some seconds, from its kept corpus; new inputs go to a scratch
folder. A crash leaves its input beside the build and fails."""
import pathlib
import subprocess
import sys
import tempfile


def main():
    build, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    root = pathlib.Path(__file__).resolve().parent.parent
    targets = sorted((build / "fuzz").glob("fuzz_*"))
    failed = not targets
    for target in targets:
        corpus = root / "tests/fuzz/corpus" / target.name.removeprefix("fuzz_")
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run([str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                                   "-print_final_stats=1", f"-artifact_prefix={build}/{target.name}-", scratch, str(corpus)],
                                  capture_output=True, text=True)
        runs = [l for l in done.stderr.splitlines() if "number_of_executed_units" in l]
        print(f"fuzz: {target.name} {runs[0].split()[-1] if runs else '?'} inputs, "
              f"{'no finding' if done.returncode == 0 else 'FAILED'}")
        if done.returncode != 0:
            print(done.stderr[-3000:])
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
