"""Nothing that stands at bar t may depend on a bar after t."""
import random

from harness import LIGHT, ok, real, synth


def rows_before(path, cut_ts):
    lines = path.read_text().splitlines()[1:]
    return [line for line in lines if line[:20] < cut_ts]


def check_cuts(folder, source, cuts, options, train_lines):
    """predict on the file cut at c equals predict on the whole file for every bar before c."""
    lines = source.read_bytes().splitlines(keepends=True)
    head = folder / "train.csv"
    head.write_bytes(b"".join(lines[:train_lines]))
    ok("train", "--source", head, "--out", folder / "art", *LIGHT, *options)
    ok("predict", "--artifact", folder / "art", "--source", source, "--out", folder / "whole.csv", *options)
    whole = (folder / "whole.csv").read_text().splitlines()[1:]
    for cut in cuts:
        part = folder / "part.csv"
        part.write_bytes(b"".join(lines[:cut]))
        ok("predict", "--artifact", folder / "art", "--source", part, "--out", folder / "cut.csv", *options)
        got = (folder / "cut.csv").read_text().splitlines()[1:]
        assert len(got) > 100 and got == whole[:len(got)], f"cut at line {cut} changed the past"


def test_cutting_the_file_changes_nothing_before_the_cut(folder):
    source = synth(folder, 5000, 1, 31)
    rng = random.Random(31)
    check_cuts(folder, source, [rng.randrange(1500, 5000) for _ in range(6)], [], 3500)


def test_cutting_real_bars(folder):
    source = real("nq_30min_2020_2023.csv")
    rng = random.Random(32)
    cuts = [rng.randrange(8000, 40000) for _ in range(3)]
    check_cuts(folder, source, cuts, ["--set", "timezone=Asia/Jerusalem"], 12000)


def test_poisoned_future_changes_nothing_before_it(folder):
    source = synth(folder, 4000, 1, 33)
    ok("train", "--source", source, "--out", folder / "art", *LIGHT)
    ok("predict", "--artifact", folder / "art", "--source", source, "--out", folder / "clean.csv")
    lines = source.read_text().splitlines()
    cut = 3000
    for i in range(cut, len(lines)):
        ts, *prices, volume = lines[i].split(",")
        lines[i] = ",".join([ts, *[f"{float(p) * 3:.2f}" for p in prices], volume])
    poisoned = folder / "poisoned.csv"
    poisoned.write_text("\n".join(lines) + "\n")
    ok("predict", "--artifact", folder / "art", "--source", poisoned, "--out", folder / "poisoned_p.csv")
    cut_ts = lines[cut].split(",")[0]
    clean = rows_before(folder / "clean.csv", cut_ts)
    assert len(clean) > 1000 and clean == rows_before(folder / "poisoned_p.csv", cut_ts)
