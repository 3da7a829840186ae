"""One machine, two nodes, and two nodes of which one is killed in the middle: the merged bytes are equal.

The program is the one that the variable FOURCAST names. The cluster is on this machine, and its head does no work.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import ray
from ray._private.node import Node
from ray.cluster_utils import Cluster

from fourcast_ray import Failed, Search, Shards, choose, evaluate, merge, run
from fourcast_ray.__main__ import _arguments, _ending
from fourcast_ray.tasks import call

FOURCAST = os.environ["FOURCAST"]
#: A node on this machine: one CPU, and the least object store that Ray allows.
NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024}
TICKERS = 24


def universe(folder: Path) -> None:
    """A long file of tickers, of which one has a price below zero."""
    rows = ["Date,Ticker,Close"]
    for day in range(120):
        date = f"2024-{1 + day // 28:02}-{1 + day % 28:02}"
        for ticker in range(TICKERS):
            # Any prices will do: a fixed pattern of ups and downs.
            price = 100 + ticker + 3 * ((day * (7 + ticker)) % 11) / 11
            rows.append(f"{date},T{ticker},{'-1' if (ticker, day) == (5, 40) else f'{price:.2f}'}")
    (folder / "prices.csv").write_text("\n".join(rows) + "\n")


class CommandLine(unittest.TestCase):
    def test_threads_are_named_once(self) -> None:
        folder = Path(tempfile.gettempdir())
        for typed in (["--threads", "2"], ["--threads=2"], []):
            done = call("echo", typed, folder, 1, "a run")
            self.assertEqual(done.stdout.count("--threads"), 1, typed)

    def test_the_name_of_the_output_decides_the_format_of_the_shards(self) -> None:
        for name, ending in [("a.csv", "csv"), ("a", "csv"), ("a.JSONL", "json"), ("a.parquet", "parquet"), ("a.pq", "parquet")]:
            self.assertEqual(_ending(_arguments().parse_args(["predict", "--shards", "2", "--output", name])), ending)


class Recorder:
    """A program that notes its start and its end, and between them waits and is fourcast."""

    def __init__(self, folder: Path) -> None:
        self.log, self.program = folder / "runs", folder / "slow"
        self.program.write_text(
            f'#!/bin/sh\necho start >> "{self.log}"\nsleep 0.5\n"{FOURCAST}" "$@"\ncode=$?\necho end >> "{self.log}"\nexit $code\n'
        )
        self.program.chmod(0o755)

    def count(self, what: str) -> int:
        return self.log.read_text().split().count(what)

    def wait_for(self, running: int) -> None:
        """Waits until so many runs have started and not ended."""
        end = time.monotonic() + 60
        while self.count("start") - self.count("end") != running:
            assert time.monotonic() < end, "the nodes are not running tasks"
            time.sleep(0.02)


def descendants(process: int) -> list[int]:
    """The children of a process, theirs, and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of the program, in brackets, may hold blanks.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    children = [child for child, parent in parents.items() if parent == process]
    return [one for child in children for one in (child, *descendants(child))]


class OnCluster(unittest.TestCase):
    cluster: Cluster
    workers: list[Node]

    @classmethod
    def setUpClass(cls) -> None:
        head = {**NODE, "num_cpus": 0, "include_dashboard": False}
        cls.cluster = Cluster(initialize_head=True, head_node_args=head)
        cls.workers = [cls.cluster.add_node(**NODE) for _ in range(2)]
        ray.init(address=cls.cluster.address, log_to_driver=False, logging_level="error")

    @classmethod
    def tearDownClass(cls) -> None:
        ray.shutdown()
        cls.cluster.shutdown()

    def lose(self, node: Node) -> None:
        """Kills all processes of a node, as a machine that fails does. Workers would outlive the node for a while."""
        processes = descendants(node.all_processes["raylet"][0].process.pid)
        self.cluster.remove_node(node, allow_graceful=False)
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        universe(self.folder)

    def serial(self, command: list[str], form: str) -> bytes:
        done = subprocess.run([FOURCAST, *command, "-q", "--format", form], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        return done.stdout

    def shards(self, command: list[str], ending: str = "csv", count: int = 8, **more) -> Shards:
        folder = self.folder / f"parts-{ending}"
        options = {"program": FOURCAST, "work_folder": self.folder, **more}
        return Shards(command=[*command, "-q"], count=count, folder=folder, ending=ending, **options)

    def merged(self, shards: Shards) -> bytes:
        output = self.folder / f"all.{shards.ending}"
        self.assertEqual(merge(shards, output), 4)
        return output.read_bytes()

    def test_two_nodes_give_the_bytes_of_one_machine(self) -> None:
        for command in (["predict", "prices.csv", "none.csv"], BACKTEST, TRAIN):
            for form in ("csv", "json"):
                shards = self.shards(command, form)
                finished = list(run(shards))
                self.assertEqual([one.done for one in finished], list(range(1, 9)))
                self.assertEqual(sorted(one.index for one in finished), list(range(1, 9)))
                self.assertEqual(self.merged(shards), self.serial(command, form))
                for part in shards.folder.iterdir():
                    part.unlink()

    def test_a_command_that_fails_ends_the_run(self) -> None:
        with self.assertRaisesRegex(Failed, "exit code 2"):
            list(run(self.shards(["predict", "prices.csv", "--no-such-option"])))

    def test_a_search_finds_what_one_process_does(self) -> None:
        self.check_search(["prices.csv", "--series", "T3"], 0)

    def test_a_search_with_a_bad_ticker_goes_on(self) -> None:
        rows = (self.folder / "prices.csv").read_text().splitlines()
        of = [row for row in rows[1:] if row.split(",")[1] in ("T3", "T4")] + ["2024-01-01,BAD,1"]
        (self.folder / "few.csv").write_text("\n".join([rows[0], *of]) + "\n")
        self.check_search(["few.csv"], 4)

    def check_search(self, prices: list[str], code: int) -> None:
        command = ["tune", *prices, *TUNE, "-m", str(self.folder / "best.safetensors"), "-q"]
        done = subprocess.run([FOURCAST, *command], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        serial = done.stdout
        model = (self.folder / "best.safetensors").read_bytes()
        (self.folder / "best.safetensors").unlink()
        search = Search(command=command, count=3, folder=self.folder / "states", program=FOURCAST, work_folder=self.folder)
        rungs = list(evaluate(search))
        self.assertEqual(rungs[-1].known, rungs[-1].planned)
        self.assertGreater(len(rungs), 1)
        printed = []

        def kept(command: list[str], cwd: Path) -> int:
            done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
            printed.append(done.stdout)
            return done.returncode

        self.assertEqual(choose(search, kept), code)
        self.assertEqual(printed, [serial])
        self.assertEqual((self.folder / "best.safetensors").read_bytes(), model)
        # Every evaluation is there: nothing is made again.
        states = [state.read_bytes() for state in search.states()]
        self.assertEqual(list(evaluate(search)), rungs[-1:])
        self.assertEqual([state.read_bytes() for state in search.states()], states)

    def test_a_program_that_is_killed_is_run_again(self) -> None:
        marker, program = self.folder / "killed", self.folder / "fragile"
        program.write_text(f'#!/bin/sh\n[ -e "{marker}" ] || {{ : > "{marker}"; kill -9 $$; }}\nexec "{FOURCAST}" "$@"\n')
        program.chmod(0o755)
        shards = self.shards(["predict", "prices.csv"], program=str(program), count=2)
        self.assertEqual(len(list(run(shards))), 2)
        self.assertEqual(self.merged(shards), self.serial(["predict", "prices.csv"], "csv"))

    def test_a_node_that_is_killed_in_the_middle_changes_no_byte(self) -> None:
        recorder, command = Recorder(self.folder), ["predict", "prices.csv"]
        shards = self.shards(command, count=24, program=str(recorder.program))
        nodes = set()
        for finished in run(shards):
            nodes.add(finished.node)
            if len(nodes) == 2 and len(self.workers) == 2:
                # Each is in the middle of a shard.
                recorder.wait_for(running=2)
                self.lose(self.workers.pop())
        self.assertEqual(len(self.workers), 1, "a node was killed before the end")
        self.workers.append(self.cluster.add_node(**NODE))
        self.assertGreater(recorder.count("start"), shards.count, "a shard was begun, lost and begun again")
        self.assertEqual(self.merged(shards), self.serial(command, "csv"))
        # Everything is finished: nothing is made again.
        before = shards.file(1).stat().st_mtime_ns
        self.assertEqual(len(list(run(shards))), shards.count)
        self.assertEqual(shards.file(1).stat().st_mtime_ns, before)


BACKTEST = ["backtest", "prices.csv", "--test-days", "5", "--refit-every", "5", "--epochs", "1", "--ensemble", "1",
            "--baselines", "ewma"]
TUNE = ["--trials", "6", "--folds", "9", "--test-days", "20", "--refit-every", "4",
        "--ensemble", "1", "--epochs", "1,2", "--cells", "gru,dense", "--windows", "1,3", "--hidden", "4", "--layers", "1",
        "--baselines", "naive"]
TRAIN = ["train", "prices.csv", "--each", "--models", "models", "--epochs", "1", "--ensemble", "1"]

if __name__ == "__main__":
    unittest.main()
