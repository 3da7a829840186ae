"""The recipes of docs/scaling.md with the variables that each scheduler sets: the merged bytes are those of one machine.

The program is the one that the variable FOURCAST names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

FOURCAST = Path(os.environ["FOURCAST"])
PAGE = (Path(__file__).parents[2] / "docs/scaling.md").read_text()
PREDICT = ["predict", "prices.csv"]


def block(kind: str) -> str:
    """The only block of the page of a kind."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks of {kind}"
    return found[0]


def universe() -> str:
    """A long file of tickers, of which one has a price below zero."""
    rows = ["Date,Ticker,Close"]
    for day in range(60):
        for ticker in range(12):
            # Any prices will do: a fixed pattern of ups and downs.
            price = -1 if (ticker, day) == (5, 40) else 100 + ticker + 3 * ((day * (7 + ticker)) % 11) / 11
            rows.append(f"2024-{1 + day // 28:02}-{1 + day % 28:02},T{ticker},{price:.2f}")
    return "\n".join(rows) + "\n"


class Recipes(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "prices.csv").write_text(universe())
        whole = subprocess.run([FOURCAST, *PREDICT, "-q"], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(whole.returncode, 4)
        self.whole = whole.stdout

    def run_in(self, command: list[str], **variables: str) -> None:
        tasks = ("SLURM_", "JOB_COMPLETION", "AWS_BATCH_")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(tasks)}
        path = f"{FOURCAST.parent}{os.pathsep}{outside['PATH']}"
        done = subprocess.run(command, cwd=self.folder, env={**outside, "PATH": path, **variables},
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self) -> None:
        self.run_in(["sh", "-c", "fourcast merge parts/*.csv --output all.csv || [ $? = 4 ]"])
        self.assertEqual((self.folder / "all.csv").read_bytes(), self.whole)

    def test_slurm(self) -> None:
        script = block("sh slurm")
        (self.folder / "array.sh").write_text(script)
        self.run_in(["bash", "-n", "array.sh"])
        first, last = map(int, re.search(r"--array=(\d+)-(\d+)", script).groups())
        # Twice: the second time every shard is finished.
        for task in [*range(first, last + 1), *range(first, last + 1)]:
            self.run_in(["sh", "array.sh"], SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_TASK_MIN=str(first),
                        SLURM_ARRAY_TASK_MAX=str(last), SLURM_ARRAY_TASK_STEP="1",
                        SLURM_ARRAY_TASK_COUNT=str(last - first + 1))
        self.check()

    def test_kubernetes(self) -> None:
        job = yaml.safe_load(block("yaml"))
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        self.assertEqual(job["spec"]["completionMode"], "Indexed")
        container = job["spec"]["template"]["spec"]["containers"][0]
        for pod in range(job["spec"]["completions"]):
            self.run_in([*container["command"], *container["args"]], JOB_COMPLETION_INDEX=str(pod))
        self.check()

    def test_aws_batch(self) -> None:
        command = block("sh slurm").splitlines()[-1].replace("SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX")
        (self.folder / "parts").mkdir()
        for task in range(16):
            self.run_in(["sh", "-c", command], AWS_BATCH_JOB_ARRAY_INDEX=str(task), AWS_BATCH_JOB_ARRAY_SIZE="16")
        self.check()

    def test_parallel(self) -> None:
        script = block("sh parallel")
        if shutil.which("parallel"):
            (self.folder / "nodes").write_text("2/:\n")
            self.run_in(["sh", "-c", script.replace("all.csv", "all.csv || [ $? = 4 ]")])
        else:
            # What parallel types for each number.
            command = re.search(r"'(.*)'", script).group(1)
            (self.folder / "parts").mkdir()
            for number in range(1, 17):
                self.run_in(["sh", "-c", command.replace("{}", str(number))])
        self.check()


if __name__ == "__main__":
    unittest.main()
