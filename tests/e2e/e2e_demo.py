"""The demo: one command, a table, a page, an honest verdict."""
import pathlib

from harness import ok, run


def test_demo_finds_the_planted_signal(folder):
    out = ok("demo", "--out", folder / "demo", cwd=folder)
    assert out["seconds"] < 600  # a bound on hanging, not on speed
    page = pathlib.Path(out["report"]).read_text()
    for word in ("<svg", "Reliability", "ROC", "atency"):
        assert word in page, word
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page
    assert out["metrics"]["roc_auc"]["mean"] > 0.58
    assert out["gates"]["gates"] and isinstance(out["gates"]["passed"], bool)


def test_demo_on_a_random_walk_says_no(folder):
    done = run("demo", "--signal", "0", "--bars", "8000", "--out", folder / "walk", cwd=folder)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert "no ranking skill is shown" in text and "NOT passed" in text
