"""Each verb of the life cycle, its JSON keys, and files that are whole or absent."""
import json

from harness import LIGHT, leftovers, ok, run, synth


def test_ingest_train_validate_gates(folder):
    bars = synth(folder, 6000, 1, 11)
    snap = ok("ingest", "--source", bars, "--out", folder / "snap")
    for key in ("snapshot_id", "bars", "first_utc", "last_utc", "bar_size_s", "rejects", "gaps",
                "session_breaks", "rolls", "date_order", "zone"):
        assert key in snap, key
    assert snap["bars"] == 6000 and snap["rejects"] == {} and snap["bar_size_s"] == 300
    deep = ok("ingest", "--source", bars, "--out", folder / "not" / "there" / "yet")
    assert deep["snapshot_id"] == snap["snapshot_id"]
    trained = ok("train", "--snapshot", folder / "snap", "--out", folder / "art", *LIGHT)
    for key in ("artifact", "snapshot_id", "rows", "features", "metrics", "calibration", "tyler", "near",
                "seconds"):
        assert key in trained, key
    assert trained["snapshot_id"] == snap["snapshot_id"]
    assert trained["tyler"]["converged"] and abs(trained["tyler"]["trace"] -
                                                 round(trained["tyler"]["trace"])) < 1e-6
    assert trained["tyler"]["eigmin"] > 1e-8
    assert trained["near"]["recall"] >= 0.999
    report = ok("validate", "--snapshot", folder / "snap", "--out", folder / "val", *LIGHT)
    for key in ("scheme", "splits", "paths", "rows", "metrics", "baselines", "relative_accuracy", "near",
                "folds", "seconds"):
        assert key in report, key
    assert (report["splits"], report["paths"]) == (15, 5)
    for name in ("accuracy", "f1", "roc_auc", "log_loss", "brier", "ece"):
        one = report["metrics"][name]
        assert one["ci95"][0] <= one["ci95"][1] and one["std"] >= 0, (name, one)
    assert set(report["baselines"]) == {"knn_exact", "majority", "persistence", "logistic"}
    hashes = [fold["artifact_sha256"] for fold in report["folds"]]
    assert len(set(hashes)) == len(hashes) == 15, "each fold has an artifact of its own"
    for fold in report["folds"]:
        assert (folder / "val" / "folds" / f"{fold['id']:02d}" / "manifest.json").exists()
        assert fold["purged_rows"] > 0
    assert sum(fold["embargoed_rows"] > 0 for fold in report["folds"]) >= 10, "all but those that end with the data"
    done = run("gates", "--report", folder / "val", "--artifact", folder / "art", "--json")
    verdict = json.loads(done.stdout)
    assert done.returncode == (0 if verdict["passed"] else 1)
    for gate in verdict["gates"]:
        assert set(gate) >= {"name", "value", "threshold", "passed", "why"} and gate["why"]
    assert leftovers(folder) == []


def test_a_gate_that_fails_exits_with_1(folder):
    bars = synth(folder, 5000, 0, 3)
    ok("validate", "--source", bars, "--out", folder / "val", "--set", "splits.scheme=PurgedKFold", *LIGHT)
    assert run("gates", "--report", folder / "val", "--quiet").returncode == 1


def test_schemes(folder):
    bars = synth(folder, 9000, 1, 5)
    for scheme, splits, paths in (("PurgedKFold", 4, 1), ("WalkForward", 4, 1), ("CPCV", 6, 3)):
        report = ok("validate", "--source", bars, "--out", folder / scheme, "--set", f"splits.scheme={scheme}",
                    "--set", "splits.folds=4", *LIGHT)
        assert (report["scheme"], report["splits"], report["paths"]) == (scheme, splits, paths)


def test_labels(folder):
    bars = synth(folder, 4000, 1, 6)
    for label in ("direction", "thresholded", "triple_barrier"):
        out = ok("train", "--source", bars, "--out", folder / label, "--set", f"label.type={label}", *LIGHT)
        assert out["rows"] > 1000


def test_predict_and_replay_write_what_they_say(folder):
    bars = synth(folder, 4000, 1, 7)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    out = ok("predict", "--artifact", folder / "art", "--source", bars, "--out", folder / "p.csv")
    lines = (folder / "p.csv").read_text().splitlines()
    assert lines[0] == "ts_utc,p_raw,p,set,decision,reasons" and len(lines) == out["rows"] + 1
    assert out["rows"] + sum(out["skipped"].values()) == 4000
    out = ok("replay", "--artifact", folder / "art", "--source", bars, "--out", folder / "d.jsonl")
    log = [json.loads(line) for line in (folder / "d.jsonl").read_text().splitlines()]
    assert len(log) == out["decisions"] == 4000
    assert out["passed"] + out["throttled"] + out["blocked_count"] == 4000
    for stage in ("bars", "state", "near", "model", "gate", "order", "total"):
        assert set(out["latency_us"][stage]) == {"p50", "p95", "p99", "max"}


def test_help_of_every_verb(folder):
    text = run("--help").stdout.decode()
    verbs = [line[2:16].strip() for line in text.split("verbs:\n")[1].split("\n\n")[0].splitlines()]
    assert len(verbs) >= 20
    for verb in verbs:
        done = run(*verb.split(), "--help")
        assert done.returncode == 0 and b"example:" in done.stdout, verb


def test_doctor_and_init(folder):
    out = ok("doctor")
    assert out["passed"] and len(out["checks"]) >= 7
    ok("init", folder / "conf")
    shown = ok("config", "show", "--config", folder / "conf")
    assert shown["model.ann.K"]["value"] == "32" and "model.yaml" in shown["model.ann.K"]["source"]
