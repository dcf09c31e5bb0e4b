import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rcnet_tf.experiments.jobs import Job, side_by_side
from rcnet_tf.experiments.runner import run

PICTURES = ("none", "42")  # the runner does not look at them


def job(folder, name, code="", needs=()):
    makes = folder / name
    code = code or f"open({str(makes)!r}, 'w').write('x')"
    needs = tuple(folder / one for one in needs)
    log = folder / "logs" / f"{name}.txt"
    return Job(name, (sys.executable, "-c", code), makes, needs, log, PICTURES)


def test_in_order_and_after_what_is_needed(tmp_path):
    said = []
    jobs = [job(tmp_path, "last", needs=("first",)), job(tmp_path, "first"), job(tmp_path, "other")]
    outcome = run(jobs, 2, said.append)
    assert sorted(outcome.done) == ["first", "last", "other"]
    assert not outcome.failed and not outcome.left
    assert said.index("last: started") > next(
        index for index, line in enumerate(said) if line.startswith("first: done")
    )


def test_a_failure_costs_only_what_waits_for_it(tmp_path):
    said = []
    broken = job(tmp_path, "broken", "print('what went wrong'); raise SystemExit(3)")
    silent = job(tmp_path, "silent", "pass")  # ends well but makes nothing
    jobs = [broken, silent, job(tmp_path, "waits", needs=("broken",)), job(tmp_path, "free")]
    outcome = run(jobs, 1, said.append, lambda: said.append("ended"))
    assert said.count("ended") == 1 and said[said.index("ended") - 1].startswith("free: done")
    assert (outcome.done, outcome.failed) == (["free"], ["broken", "silent"])
    assert outcome.left == ["waits"]
    assert "what went wrong" in said


def test_what_another_campaign_has_made_is_not_made_again(tmp_path):
    """Before it is started, and while it was under way and refused for that."""
    both = [str(tmp_path / name) for name in ("first", "second")]
    first = job(tmp_path, "first", f"[open(name, 'w') for name in {both}]; raise SystemExit(2)")
    second = job(tmp_path, "second", "raise SystemExit(3)", needs=("first",))
    said = []
    outcome = run([first, second], 1, said.append)
    assert (outcome.done, outcome.failed, outcome.left) == (["first", "second"], [], [])
    assert "second: done elsewhere, 0 wait" in said and "second: started" not in said


def test_as_many_side_by_side_as_do_not_wait_for_one_another(tmp_path):
    chain = [job(tmp_path, "a"), job(tmp_path, "b", needs=("a",)), job(tmp_path, "c", needs=("b",))]
    assert side_by_side([]) == 1
    assert side_by_side(chain) == 1
    assert side_by_side(chain[1:]) == 1  # the first is there
    assert side_by_side([*chain, job(tmp_path, "d"), job(tmp_path, "e", needs=("a",))]) == 2


def test_side_by_side(tmp_path):
    # Each waits for the other's file, so that one after the other would never end.
    def meet(mine, other):
        return (
            f"import os, time; open({str(tmp_path / mine)!r}, 'w')\n"
            f"while not os.path.exists({str(tmp_path / other)!r}): time.sleep(0.05)"
        )

    started = time.monotonic()
    jobs = [job(tmp_path, "a", meet("a", "b")), job(tmp_path, "b", meet("b", "a"))]
    assert sorted(run(jobs, 2, print).done) == ["a", "b"]
    assert time.monotonic() - started < 60


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a child of its parent's end")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_ends_it_ends_its_jobs(tmp_path, how):
    number = tmp_path / "number"
    code = f"""
import signal, sys
from pathlib import Path
from rcnet_tf.experiments.jobs import Job
from rcnet_tf.experiments.runner import run
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf to it in a shell's background
child = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
command = (sys.executable, "-c", child)
run([Job("one", command, Path("never"), (), Path({str(number)!r}), {PICTURES})], 1, print)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not number.is_file() or not number.read_text().endswith("\n"):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(how)
    assert process.wait(60) != 0
    child = Path(f"/proc/{number.read_text().strip()}/status")
    while child.is_file() and "State:\tZ" not in child.read_text():  # whoever inherits it reaps it
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_jobs_share_a_gpu_unless_told_otherwise(tmp_path, monkeypatch):
    names = ("XLA_PYTHON_CLIENT_PREALLOCATE", "TF_FORCE_GPU_ALLOW_GROWTH")
    monkeypatch.delenv(names[0], raising=False)
    monkeypatch.setenv(names[1], "mine")
    seen = tmp_path / "seen"
    code = f"import os; open({str(seen)!r}, 'w').write(str([os.environ.get(n) for n in {names}]))"
    for slots, value in ((1, None), (2, "false")):
        run(
            [Job("one", (sys.executable, "-c", code), seen, (), tmp_path / "log", PICTURES)],
            slots,
            print,
        )
        assert seen.read_text() == str([value, "mine"])
