#!/usr/bin/env python3
"""Measurements, as ratios in one run on one machine. HYPERBAR names the program. Prints one JSON object.

search   exact search of one query at a time (l2, k = 32) against a NumPy scan of the same rows
engine   one bar through all stages, by replay
boost    seconds a tree
"""
import json
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np

PROGRAM = os.environ.get("HYPERBAR", "build/release/bin/hyperbar")


def ok(*args):
    done = subprocess.run([PROGRAM, *map(str, args), "--json"], capture_output=True, check=True)
    return json.loads(done.stdout)


def numpy_scan_us(x, queries, k):
    """The best plain NumPy form: one matrix-vector product and a partial sort."""
    norms = (x * x).sum(1)
    took = []
    for q in queries:
        began = time.perf_counter()
        d = norms - 2.0 * (x @ q)
        best = np.argpartition(d, k)[:k]
        best[np.argsort(d[best])]
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1e6)


def bench_search(folder):
    rng = np.random.default_rng(1)
    for rows in (10_000, 100_000):
        for dim in (16, 32):
            x = rng.standard_normal((rows, dim)).astype(np.float32)
            q = rng.standard_normal((300, dim)).astype(np.float32)
            np.save(folder / "x.npy", x)
            np.save(folder / "q.npy", q)
            out = {}
            for metric in ("l2", "lorentz"):
                ok("near", "build", "--x", folder / "x.npy", "--metric", metric, "--out", folder / f"{metric}.hbx")
                out[metric] = ok("near", "search", "--index", folder / f"{metric}.hbx", "--q", folder / "q.npy",
                                 "--k", 32, "--exact")
            scan = numpy_scan_us(x, q, 32)
            yield {"rows": rows, "dim": dim, "l2_p50_us": out["l2"]["p50_us"], "l2_p99_us": out["l2"]["p99_us"],
                   "lorentz_p50_us": out["lorentz"]["p50_us"], "recall": out["lorentz"]["recall"],
                   "numpy_p50_us": scan, "ratio_l2_to_numpy": out["l2"]["p50_us"] / scan}


def bench_engine(folder):
    ok("synth", "--bars", 20000, "--signal", 1, "--seed", 1, "--out", folder / "b.csv")
    ok("train", "--source", folder / "b.csv", "--out", folder / "art")
    out = ok("replay", "--artifact", folder / "art", "--source", folder / "b.csv")
    return out["latency_us"]


def bench_boost(folder):
    rng = np.random.default_rng(2)
    for rows in (10_000, 40_000):
        x = rng.standard_normal((rows, 45)).astype(np.float32)
        y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.standard_normal(rows) > 0).astype(np.uint8)
        np.save(folder / "bx.npy", x)
        np.save(folder / "by.npy", y)
        for depth in (6, 8):
            out = ok("boost", "fit", "--x", folder / "bx.npy", "--y", folder / "by.npy", "--out", folder / "m.hbx",
                     "--threads", 1, "--set", f"catboost.depth={depth}", "--set", "catboost.iterations=100")
            yield {"rows": rows, "depth": depth, "ms_a_tree": 1000 * out["seconds"] / max(1, out["trees"])}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(json.dumps({"search": list(bench_search(folder)), "engine_us": bench_engine(folder),
                          "boost": list(bench_boost(folder))}, indent=2))


if __name__ == "__main__":
    main()
