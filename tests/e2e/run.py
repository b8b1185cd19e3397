#!/usr/bin/env python3
"""End to end: drives the program as a user would. HYPERBAR names the program, HYPERBAR_TEST_DATA the folder
of real bars (default ../shared/data beside the checkout; those tests are skipped where it is absent).

run.py [--slow] [--only WORD] [--list]
"""
import argparse
import importlib
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

QUICK = ["e2e_demo", "e2e_pipeline", "e2e_parity", "e2e_causality", "e2e_artifact", "e2e_bad_input",
         "e2e_stages", "e2e_real", "e2e_placebo"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", action="store_true", help="the long forms only")
    parser.add_argument("--only", default="", help="tests whose name holds this word")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    import harness
    passed = failed = skipped = 0
    for module_name in QUICK:
        module = importlib.import_module(module_name)
        for name, test in sorted(vars(module).items()):
            wanted = "slow_" if args.slow else "test_"
            full = f"{module_name}.{name}"
            if not name.startswith(wanted) or args.only not in full:
                continue
            if args.list:
                print(full)
                continue
            folder = pathlib.Path(tempfile.mkdtemp(prefix="hyperbar-e2e-"))
            began = time.monotonic()
            try:
                test(folder)
                passed += 1
                word = "ok"
            except harness.Skip as why:
                skipped += 1
                word = f"skipped: {why}"
            except Exception:
                failed += 1
                word = "FAILED"
                traceback.print_exc()
            print(f"{full:58} {time.monotonic() - began:6.1f} s  {word}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or passed + skipped == 0 else 0)


if __name__ == "__main__":
    main()
