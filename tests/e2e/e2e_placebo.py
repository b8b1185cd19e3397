"""Placebo and power: nothing is found where there is nothing, and a planted signal is found."""
from harness import LIGHT, ok, synth


def validate(folder, bars, name, *options):
    out = ok("validate", "--source", bars, "--out", folder / name, *options, timeout=3000)
    auc = out["metrics"]["roc_auc"]
    return auc["mean"], auc["ci95"]


def study(folder, seeds, bars, options, shuffle):
    means, holds = [], 0
    for seed in seeds:
        source = synth(folder, bars, 0, seed)
        extra = ["--shuffle-labels", seed] if shuffle else []
        mean, (lo, hi) = validate(folder, source, f"v{seed}", *options, *extra)
        print(f"    seed {seed}: AUC {mean:.4f} [{lo:.4f}, {hi:.4f}]", flush=True)
        means.append(mean)
        holds += lo <= 0.5 <= hi
        source.unlink()
    return means, holds


def test_placebo_short(folder):
    means, holds = study(folder, [1, 2], 8000, LIGHT, False)
    assert abs(sum(means) / len(means) - 0.5) < 0.03 and holds >= 1


def test_power_short(folder):
    mean, (lo, _) = validate(folder, synth(folder, 8000, 1, 1), "v", *LIGHT)
    assert mean > 0.58 and lo > 0.5


def slow_placebo_on_20_random_walks(folder):
    means, holds = study(folder, range(1, 21), 20000, [], False)
    print(f"    mean {sum(means) / 20:.4f}, worst {max(means, key=lambda m: abs(m - 0.5)):.4f}, {holds}/20 hold 0.5")
    assert abs(sum(means) / 20 - 0.5) <= 0.005
    assert all(abs(m - 0.5) <= 0.03 for m in means)
    assert holds >= 17


def slow_shuffled_labels_score_chance(folder):
    means, holds = study(folder, range(1, 21), 20000, [], True)
    print(f"    mean {sum(means) / 20:.4f}, worst {max(means, key=lambda m: abs(m - 0.5)):.4f}, {holds}/20 hold 0.5")
    assert abs(sum(means) / 20 - 0.5) <= 0.005
    assert all(abs(m - 0.5) <= 0.03 for m in means)
    assert holds >= 17


def slow_power_on_5_seeds(folder):
    for seed in range(1, 6):
        mean, (lo, hi) = validate(folder, synth(folder, 20000, 1, seed), f"v{seed}")
        print(f"    seed {seed}: AUC {mean:.4f} [{lo:.4f}, {hi:.4f}]", flush=True)
        assert mean >= 0.60, (seed, mean)
