"""Bad input of every kind: one clear line, the right exit code, nothing half written."""
import os
import random

from harness import LIGHT, leftovers, ok, refused, run, synth

HEADER = b"timestamp,open,high,low,close,volume\n"
GOOD = b"".join(b"2024-01-02T%02d:%02d:00Z,100,101,99,100.5,10\n" % (14 + i // 60, i % 60) for i in range(0, 300, 5))


def bad_file(folder, name, data, words=(), code=3, options=()):
    path = folder / name
    path.write_bytes(data)
    text = refused(code, "ingest", "--source", path, "--out", folder / "snap", *options, words=words)
    assert not (folder / "snap").exists() and leftovers(folder) == []
    return text


def test_files_that_are_no_bars(folder):
    bad_file(folder, "empty.csv", b"", ["empty.csv"])
    bad_file(folder, "header.csv", HEADER, ["header.csv"])
    bad_file(folder, "binary.csv", random.Random(1).randbytes(100000), ["binary.csv"])
    bad_file(folder, "column.csv", b"timestamp,open,high,low\n2024-01-02T14:00:00Z,1,2,0\n", ["close"])
    bad_file(folder, "nul.csv", HEADER + GOOD[:200] + b"\0" + GOOD[200:], ["nul.csv"])
    bad_file(folder, "zone.csv", HEADER + GOOD, ["Mars/Base"], code=2, options=["--set", "timezone=Mars/Base"])
    os.mkdir(folder / "dir.csv")
    refused(3, "ingest", "--source", folder / "dir.csv", "--out", folder / "snap", words=["dir.csv"])
    refused(3, "ingest", "--source", folder / "absent.csv", "--out", folder / "snap", words=["absent.csv"])


def test_a_truncated_line_is_refused_and_told(folder):
    path = folder / "cut.csv"
    path.write_bytes(HEADER + GOOD + b"2024-01-02T19:00:00Z,100,10")
    out = ok("ingest", "--source", path, "--out", folder / "snap")
    assert out["rejects"] == {"unparsable": 1}
    assert b"unparsable" in (folder / "snap.rejects.csv").read_bytes()


def test_a_line_of_a_gigabyte(folder):
    path = folder / "long.csv"
    with open(path, "wb") as f:
        f.write(HEADER)
        f.truncate(1 << 30)  # sparse: NUL bytes to the end
    refused(3, "ingest", "--source", path, "--out", folder / "snap", words=["long.csv"])
    with open(path, "wb") as f:
        f.write(HEADER)
        for _ in range(64):
            f.write(b"x" * (16 << 20))
    assert path.stat().st_size > 1 << 30
    refused(3, "ingest", "--source", path, "--out", folder / "snap", words=["long.csv"])


def test_configuration(folder):
    conf = folder / "conf"
    ok("init", conf)
    model = (conf / "model.yaml").read_text()
    (conf / "model.yaml").write_text(model.replace("depth: 8", "depth: deep"))
    text = refused(2, "config", "show", "--config", conf, words=["model.yaml:", "depth"])
    assert text.count(":") >= 3
    (conf / "model.yaml").write_text(model.replace("depth: 8", "dept: 8"))
    refused(2, "config", "show", "--config", conf, words=["dept", "did you mean", "depth"])
    (conf / "model.yaml").write_text("a: [1, 2\nb: }")
    refused(2, "config", "show", "--config", conf, words=["model.yaml"])
    refused(2, "config", "show", "--set", "catboost.depth=99", words=["depth"])
    refused(2, "config", "show", "--set", "nonsense=1", words=["nonsense"])
    refused(2, "config", "show", "--config", folder / "absent", words=["absent"])


def test_command_line(folder):
    assert run().returncode == 2
    assert run("trian").returncode == 2 and b"train" in run("trian").stderr
    refused(2, "train", "--sorce", "x.csv", "--out", folder / "a", words=["--source"])
    refused(2, "train", "--out", folder / "a", words=["--source"])
    refused(2, "synth", "--bars", "many", "--out", folder / "s.csv", words=["--bars"])
    refused(2, "train", "--source", "x.csv", "--threads", "0", "--out", folder / "a", words=["--threads"])
    assert run("doctor", env={"HYPERBAR_CPU": "z80"}).returncode == 2


def test_too_few_bars(folder):
    bars = synth(folder, 900, 0, 1)
    refused(3, "train", "--source", bars, "--out", folder / "a", words=["rows"])
    assert not (folder / "a").exists()


def test_month_first_reading_is_refused(folder):
    lines = [b"Timestamp,Open,High,Low,Close,Volume\n"]
    lines += [b"%d/01/2024 %02d:00,100,101,99,100.5,10\n" % (day, hour) for day in range(2, 29) for hour in range(24)]
    path = folder / "dmy.csv"
    path.write_bytes(b"".join(lines))
    refused(3, "ingest", "--source", path, "--set", "date_order=mdy", words=["dmy.csv", "date_order"])
    assert ok("ingest", "--source", path)["date_order"] == "dmy"


def test_a_full_disk_leaves_nothing(folder):
    bars = synth(folder, 3000, 0, 2)
    done = run("predict", "--artifact", folder, "--source", bars, "--out", "/dev/full")
    assert done.returncode != 0
    # A file-size limit stands in for a full disk: every write past it fails.
    import resource
    import subprocess
    import harness

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    done = subprocess.run([harness.PROGRAM, "train", "--source", str(bars), "--out", str(folder / "art"), *LIGHT],
                          capture_output=True, preexec_fn=limit)
    assert done.returncode == 3, (done.returncode, done.stderr[-300:])
    assert not (folder / "art").exists() and leftovers(folder) == [], leftovers(folder)


def test_rows_that_overlap_are_refused(folder):
    """Finer rows mixed into a file would let an earlier bar hold what a later one has yet to see."""
    rows = GOOD.splitlines(keepends=True)
    mixed = b"".join(row + (row.replace(b":00Z", b":30Z", 1) if i % 4 == 0 else b"") for i, row in enumerate(rows))
    path = folder / "mixed.csv"
    path.write_bytes(HEADER + mixed)
    out = ok("ingest", "--source", path, "--set", "bar_size=5m")
    assert out["bars"] == len(rows) and out["rejects"] == {"overlapping": len(rows) // 4}, out["rejects"]


def test_a_run_must_fit_its_artifact(folder):
    bars = synth(folder, 3000, 1, 3)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    refused(2, "predict", "--artifact", folder / "art", "--source", bars, "--out", folder / "p.csv",
            "--set", "data.calendar=cme_globex_fx", words=["calendar"])
    refused(2, "train", "--source", bars, "--out", os.fsdecode(b"art\xff"), words=["UTF-8"])
    ok("validate", "--source", bars, "--out", folder / "val", "--dry-run", *LIGHT)
    assert not (folder / "val").exists() and not (folder / "p.csv").exists()
