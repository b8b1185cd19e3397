"""Real futures bars: ingest counts, and the main job with an honest report."""
from harness import LIGHT, ok, real, refused

FILES = {
    "nq_30min_2020_2023.csv": (["timezone=Asia/Jerusalem"], 40800, 1800, {}),
    "nq_5min_2019_novolume.csv": (["timezone=America/Los_Angeles"], 70002, 300, {}),
    "es_5min_rth_2016_2017.csv": (["timezone=America/New_York"], 25033 - 87, 300, {"duplicate_timestamp": 87}),
    "6e_1min_202401_barend.csv": (["stamp=close", "calendar=cme_globex_fx"], 29996, 60, {}),
    "nq_5min_2022_2023_sparse.csv": ([], 11082, 300, {}),
}


def settings(words):
    return [x for word in words for x in ("--set", word)]


def test_all_five_files_ingest(folder):
    for name, (words, bars, size, rejects) in FILES.items():
        out = ok("ingest", "--source", real(name), "--out", folder / name, *settings(words))
        total = out["bars"] + sum(out["rejects"].values())
        assert out["bar_size_s"] == size, (name, out["bar_size_s"])
        assert out["rejects"] == rejects, (name, out["rejects"])
        assert out["bars"] == bars, (name, out["bars"], total)
        again = ok("ingest", "--source", real(name), "--out", folder / (name + "2"), *settings(words))
        assert again["snapshot_id"] == out["snapshot_id"]


def test_month_first_is_refused_on_the_mixed_file(folder):
    refused(3, "ingest", "--source", real("nq_30min_2020_2023.csv"), "--set", "date_order=mdy",
            "--set", "timezone=Asia/Jerusalem", words=["date_order"])


def test_end_stamps_become_open_stamps(folder):
    path = real("6e_1min_202401_barend.csv")
    as_open = ok("ingest", "--source", path, "--set", "calendar=cme_globex_fx")
    as_close = ok("ingest", "--source", path, "--set", "stamp=close", "--set", "calendar=cme_globex_fx")
    assert as_open["first_utc"] == "2024-01-01T23:01:00Z" and as_close["first_utc"] == "2024-01-01T23:00:00Z"


def test_whitening_and_recall_on_real_bars(folder):
    for name in ("nq_30min_2020_2023.csv", "es_5min_rth_2016_2017.csv", "nq_5min_2019_novolume.csv"):
        words = FILES[name][0]
        out = ok("train", "--source", real(name), "--out", folder / name, *settings(words), *LIGHT)
        tyler = out["tyler"]
        kept = round(tyler["trace"])
        assert tyler["converged"] and not tyler["fallback_identity"], (name, tyler)
        assert abs(tyler["trace"] - kept) <= 1e-6 and kept >= 20 and tyler["eigmin"] > 1e-8, (name, tyler)
        assert out["near"]["recall"] >= 0.999, (name, out["near"])


def slow_cpcv_on_real_bars(folder):
    for label in ("triple_barrier", "direction"):
        out = ok("validate", "--source", real("nq_30min_2020_2023.csv"), "--out", folder / label,
                 "--set", "timezone=Asia/Jerusalem", "--set", "label.horizon_T=4",
                 "--set", f"label.type={label}", timeout=3000)
        assert out["splits"] == 15 and out["paths"] == 5
        auc = out["metrics"]["roc_auc"]
        print(f"    {label}: AUC {auc['mean']:.4f} [{auc['ci95'][0]:.4f}, {auc['ci95'][1]:.4f}], "
              f"{out['seconds']:.0f} s")
        for name, rival in out["baselines"].items():
            gain = rival["advantage"]["roc_auc"]
            print(f"      against {name}: {gain['mean']:+.4f} [{gain['ci95'][0]:+.4f}, {gain['ci95'][1]:+.4f}]")
        assert 0.4 < auc["mean"] < 0.7, "a real market does not give more; something leaks"
