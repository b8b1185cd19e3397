"""One implementation: predict = replay, whatever the CPU twin or the thread count, to the bit."""
import json

from harness import LIGHT, ok, read_csv, run, synth


def test_predict_equals_replay(folder):
    bars = synth(folder, 4000, 1, 21)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    ok("predict", "--artifact", folder / "art", "--source", bars, "--out", folder / "p.csv")
    ok("replay", "--artifact", folder / "art", "--source", bars, "--out", folder / "d.jsonl")
    predicted = {row["ts_utc"]: (row["p_raw"], row["p"], row["set"]) for row in read_csv(folder / "p.csv")}
    replayed = {}
    for line in (folder / "d.jsonl").read_text().splitlines():
        # Compare the digits as they stand, not as floats.
        one = json.loads(line, parse_float=str, parse_int=str)
        if one["p"] is not None:
            replayed[one["ts_utc"]] = (one["p_raw"], one["p"], one["set"])
    assert len(predicted) > 3000 and predicted == replayed


def test_cpu_twins_and_threads_change_nothing(folder):
    bars = synth(folder, 3000, 1, 22)
    seen = set()
    for cpu in ("scalar", "avx2", "avx512"):
        if run("doctor", "--quiet", env={"HYPERBAR_CPU": cpu}).returncode == 2:
            continue  # this machine has no such unit
        for threads in (1, 2):
            name = f"{cpu}{threads}"
            env = {"HYPERBAR_CPU": cpu}
            made = ok("train", "--source", bars, "--out", folder / name, "--threads", threads, *LIGHT, env=env)
            ok("predict", "--artifact", folder / name, "--source", bars, "--out", folder / f"{name}.csv", env=env)
            seen.add((made["artifact_sha256"], (folder / f"{name}.csv").read_bytes()))
    assert len(seen) == 1


def test_same_seed_same_validation(folder):
    bars = synth(folder, 4000, 1, 23)
    results = []
    for threads in (1, 2):
        out = ok("validate", "--source", bars, "--out", folder / f"v{threads}", "--threads", threads,
                 "--set", "splits.folds=3", "--set", "splits.held_out=1", *LIGHT)
        results.append((out["metrics"], out["baselines"], [f["artifact_sha256"] for f in out["folds"]]))
    assert results[0] == results[1]


def test_another_seed_is_another_model(folder):
    bars = synth(folder, 3000, 1, 24)
    a = ok("train", "--source", bars, "--out", folder / "a", "--seed", 1, *LIGHT)
    b = ok("train", "--source", bars, "--out", folder / "b", "--seed", 2, *LIGHT)
    assert a["artifact_sha256"] != b["artifact_sha256"]
