"""The single-stage verbs on NumPy files, against NumPy's own arithmetic and the golden vectors."""
import json

from harness import ROOT, Skip, ok, refused, synth

try:
    import numpy as np
except ImportError:
    np = None


def need_numpy():
    if np is None:
        raise Skip("numpy is not installed")


def golden(name):
    return json.loads((ROOT / "tests/golden/data" / name).read_text())


def test_whitening_of_heavy_tails(folder):
    need_numpy()
    rng = np.random.default_rng(1)
    mix = rng.standard_normal((8, 8))
    for name, x in (("t15", rng.standard_t(1.5, (4000, 8)) @ mix), ("gauss", rng.standard_normal((4000, 8)) @ mix),
                    ("few", rng.standard_t(1.5, (12, 8)))):
        np.save(folder / "x.npy", x)
        out = ok("whiten", "fit", "--x", folder / "x.npy", "--out", folder / "w.npz")
        assert out["converged"] and abs(out["trace"] - round(out["trace"])) <= 1e-6 and out["eigmin"] > 1e-8, (name, out)
        ok("whiten", "apply", "--w", folder / "w.npz", "--x", folder / "x.npy", "--out", folder / "z.npy")
        z = np.load(folder / "z.npy").astype(float)
        from_chi2 = np.median((z * z).sum(1)) / out["median_norm_sq"]
        assert abs(from_chi2 - 1) < 1e-3, (name, from_chi2)


def test_search_equals_numpy(folder):
    need_numpy()
    rng = np.random.default_rng(2)
    for dim in (5, 16, 32):
        x = rng.standard_normal((3000, dim)).astype(np.float32)
        q = rng.standard_normal((40, dim)).astype(np.float32)
        np.save(folder / "x.npy", x)
        np.save(folder / "q.npy", q)
        a, b = x.astype(float), q.astype(float)
        l2 = np.sqrt(((b[:, None] - a[None]) ** 2).sum(2))
        lift_a, lift_b = np.sqrt(1 + (a * a).sum(1)), np.sqrt(1 + (b * b).sum(1))
        lorentz = np.arccosh(np.maximum(1, lift_b[:, None] * lift_a[None] - b @ a.T))
        for metric, want in (("l2", l2), ("lorentz", lorentz)):
            ok("near", "build", "--x", folder / "x.npy", "--metric", metric, "--out", folder / "i.hbx")
            out = ok("near", "search", "--index", folder / "i.hbx", "--q", folder / "q.npy", "--k", 20, "--exact",
                     "--out-ids", folder / "ids.npy", "--out-dist", folder / "d.npy")
            assert out["recall"] >= 0.999
            ids, dist = np.load(folder / "ids.npy"), np.load(folder / "d.npy")
            best = np.sort(want, axis=1)[:, :20]
            assert np.abs(dist - best).max() < 1e-5
            assert np.abs(np.take_along_axis(want, ids, 1) - best).max() < 1e-5
    refused(2, "near", "build", "--x", folder / "x.npy", "--backend", "hnsw", "--out", folder / "h.hbx", words=["hnsw"])


def test_trees_learn_and_predict(folder):
    need_numpy()
    rng = np.random.default_rng(3)
    x = rng.standard_normal((6000, 10)).astype(np.float32)
    x[rng.random(x.shape) < 0.02] = np.nan
    clean = np.nan_to_num(x)
    y = (clean[:, 0] * clean[:, 1] + 0.5 * clean[:, 2] + 0.3 * rng.standard_normal(6000) > 0).astype(np.uint8)
    for name, part in (("x", x[:4000]), ("y", y[:4000]), ("xv", x[4000:]), ("yv", y[4000:])):
        np.save(folder / f"{name}.npy", part)
    out = ok("boost", "fit", "--x", folder / "x.npy", "--y", folder / "y.npy", "--x-val", folder / "xv.npy", "--y-val",
             folder / "yv.npy", "--out", folder / "m.hbx", "--set", "catboost.depth=6", "--set", "catboost.iterations=300")
    assert out["log_loss"] < 0.40, out
    scored = ok("boost", "predict", "--model", folder / "m.hbx", "--x", folder / "xv.npy", "--y", folder / "yv.npy",
                "--out", folder / "p.npy")
    p = np.load(folder / "p.npy")
    yv = y[4000:]
    loss = -np.mean(yv * np.log(p) + (1 - yv) * np.log(1 - p))
    assert abs(loss - scored["log_loss"]) < 1e-9 and scored["auc"] > 0.9
    measured = ok("metrics", "--y", folder / "yv.npy", "--p", folder / "p.npy")
    assert abs(measured["brier"] - np.mean((p - yv) ** 2)) < 1e-12
    assert abs(measured["accuracy"] - np.mean((p >= 0.5) == yv)) < 1e-12


def test_splits_are_those_of_the_golden_file(folder):
    want = golden("g01_cpcv.json")
    for case in want["counts"]:
        if case["N"] > 12:
            continue
        out = ok("split", "--rows", 240, "--horizon", 1, "--k", case["N"], "--h", case["k"], "--out", folder / "s.json")
        assert (out["splits"], out["paths"]) == (case["n_splits"], case["n_paths"]), case
    ok("split", "--rows", 600, "--horizon", 4, "--k", 6, "--h", 2, "--out", folder / "s.json")
    folds = json.loads((folder / "s.json").read_text())["folds"]
    for fold, expected in zip(folds, want["paths_N6_k2"]):
        assert [[g, p] for g, p in zip(fold["test_groups"], fold["paths"])] == expected["group_and_path"]
        test = set(fold["test"])
        for i in fold["train"]:
            assert not any(j in test for j in range(i - 4, i + 5)), "a training label overlaps a test label"


def test_labels_of_bars(folder):
    source = synth(folder, 2000, 0, 4)
    out = ok("label", "--source", source, "--out", folder / "l.csv", "--set", "label.type=direction")
    assert out["up"] > 500 and out["down"] > 500


def test_broken_matrices(folder):
    need_numpy()
    x = np.random.default_rng(5).standard_normal((50, 4))
    np.save(folder / "x.npy", x)
    data = (folder / "x.npy").read_bytes()
    for name, broken in (("cut", data[:-9]), ("long", data + b"1234"), ("text", b"1,2,3\n"), ("empty", b""),
                         ("header", data[:40])):
        (folder / f"{name}.npy").write_bytes(broken)
        refused(3, "whiten", "fit", "--x", folder / f"{name}.npy", "--out", folder / "w.npz", words=[f"{name}.npy"])
    np.save(folder / "f.npy", np.asfortranarray(x))
    refused(3, "whiten", "fit", "--x", folder / "f.npy", "--out", folder / "w.npz", words=["Fortran"])
    x[3, 2] = np.nan
    np.save(folder / "nan.npy", x)
    refused(3, "whiten", "fit", "--x", folder / "nan.npy", "--out", folder / "w.npz", words=["row 3"])
    np.save(folder / "y.npy", np.zeros(50))
    np.save(folder / "x.npy", np.nan_to_num(x))
    refused(3, "boost", "fit", "--x", folder / "x.npy", "--y", folder / "y.npy", "--out", folder / "m.hbx")
    assert not (folder / "w.npz").exists() and not (folder / "m.hbx").exists()
