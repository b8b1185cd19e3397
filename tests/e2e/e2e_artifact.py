"""An artifact is whole and unaltered, or it is refused by name."""
import shutil

from harness import LIGHT, ok, refused, synth


def test_any_altered_byte_names_its_file(folder):
    bars = synth(folder, 3000, 1, 41)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    files = sorted(p.relative_to(folder / "art") for p in (folder / "art").rglob("*") if p.is_file())
    assert len(files) >= 10
    for name in files:
        copy = folder / "copy"
        shutil.copytree(folder / "art", copy)
        data = bytearray((copy / name).read_bytes())
        for at in {0, len(data) // 2, len(data) - 1}:
            was = data[at]
            data[at] ^= 0x20
            (copy / name).write_bytes(data)
            refused(4, "predict", "--artifact", copy, "--source", bars, "--out", folder / "p.csv",
                    words=[name.name])
            data[at] = was
        shutil.rmtree(copy)
    assert not (folder / "p.csv").exists()


def test_missing_and_added_files(folder):
    bars = synth(folder, 3000, 1, 42)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    (folder / "art" / "more.txt").write_text("x")
    refused(4, "predict", "--artifact", folder / "art", "--source", bars, "--out", folder / "p.csv",
            words=["more.txt"])
    (folder / "art" / "more.txt").unlink()
    (folder / "art" / "model.hbx").unlink()
    refused(4, "predict", "--artifact", folder / "art", "--source", bars, "--out", folder / "p.csv",
            words=["model.hbx"])
    refused(4, "predict", "--artifact", folder / "nothing", "--source", bars, "--out", folder / "p.csv")


def test_an_artifact_is_never_overwritten(folder):
    bars = synth(folder, 3000, 1, 43)
    ok("train", "--source", bars, "--out", folder / "art", *LIGHT)
    refused(2, "train", "--source", bars, "--out", folder / "art", words=["exists"])
