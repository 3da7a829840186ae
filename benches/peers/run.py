"""Train the same LSTM with PyTorch, JAX and fourcast, in alternation, and print the speed of each.

    python run.py --fourcast ../../target/dist/fourcast
    python run.py --fourcast ../../target/dist/fourcast --rounds 7 --rows 32/32/4/1 64/64/4/2

The table goes to standard output as Markdown; every single measurement goes to standard error as one
JSON line. Without --fourcast only the peers run.
"""

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from job import WINDOWS, Job, pin, returns

HERE = Path(__file__).resolve().parent
ROWS = ("32/32/4/1", "64/64/4/2", "128/256/4/2", "32/32/22/1", "256/256/22/2")
PEERS = {
    "PyTorch": ["torch_lstm.py"],
    "JAX": ["jax_lstm.py"],
    "JAX-unrolled": ["jax_lstm.py", "--unrolled"],
}
CSV_ROWS = 4100
# Processor time that other programs may use, in processors, beyond those the job leaves free. Two threads that
# wait for each other lose far more than what is taken from one of them: with a compiler running at the same
# time PyTorch was 20 times slower, which would have made the ratio meaningless.
TOLERATED = 0.05  # unless --tolerate says otherwise
PAUSE = 2.0  # seconds, before a disturbed measurement is repeated

Measurement = dict[str, object]
Round = dict[str, Measurement]  # by contestant
Contestant = Callable[[Job, float], Measurement]


def job(text: str) -> Job:
    """hidden/batch/window/threads."""
    try:
        row = Job(*(int(part) for part in text.split("/")))
    except (TypeError, ValueError):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not hidden/batch/window/threads, such as 32/32/4/1"
        ) from None
    if min(row.hidden, row.batch_size, row.window, row.threads) < 1 or WINDOWS % row.batch_size:
        raise argparse.ArgumentTypeError(f"'{text}': the batch must divide {WINDOWS}, all above 0")
    return row


def write_prices(path: Path) -> None:
    """Weekdays and closes of a random walk."""
    day, price = date(2008, 1, 2), 100.0
    lines = ["Date,Close"]
    for change in returns(CSV_ROWS):
        price *= math.exp(change)
        lines.append(f"{day},{price:.4f}")
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    path.write_text("\n".join(lines) + "\n")


def run_json(command: list[str], threads: int) -> Measurement:
    """Run a command on `threads` processors; the JSON object it prints."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: pin(threads),
    )
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise SystemExit(f"error: {' '.join(command)}: not one JSON object: {error}") from error


def peer(script: str, *flags: str) -> Contestant:
    def measure(row: Job, seconds: float) -> Measurement:
        command = [sys.executable, str(HERE / script), *flags, "--seconds", str(seconds)]
        command += ["--hidden", str(row.hidden), "--batch-size", str(row.batch_size)]
        command += ["--window", str(row.window), "--threads", str(row.threads)]
        return run_json(command, row.threads)

    return measure


def fourcast(binary: Path, folder: Path) -> Contestant:
    prices, model = folder / "prices.csv", folder / "model.safetensors"
    write_prices(prices)
    try:
        asked = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"error: {error}") from error
    version = asked.stdout.split()[-1]
    epochs: dict[Job, int] = {}

    def train(row: Job, count: int) -> Measurement:
        command = [str(binary), "train", "--format", "json", "--target", "return"]
        command += ["--features", "close", "--loss", "mse", "--ensemble", "1", "--patience", "0"]
        command += ["--hidden", str(row.hidden), "--batch-size", str(row.batch_size)]
        command += ["--window", str(row.window), "--threads", str(row.threads)]
        command += ["--epochs", str(count), "--model", str(model), str(prices)]
        return run_json(command, row.threads)

    def measure(row: Job, seconds: float) -> Measurement:
        if row not in epochs:
            # The peers stop after a time; fourcast takes a number of epochs. A short run that is not
            # counted shows how many fill the time.
            trial = train(row, 3)
            epochs[row] = max(3, round(seconds * float(trial["windows_per_second"]) / WINDOWS))
        found = train(row, epochs[row])
        return {
            "contestant": "fourcast",
            "version": version,
            "job": str(row),
            "windows_per_second": round(float(found["windows_per_second"])),
            "epochs": epochs[row],
            "seconds": found["seconds"],
            "loss": found["train_loss"],
        }

    return measure


def processor_seconds() -> tuple[float, float]:
    """Seconds of work so far: of this program's children, and of all programs on the machine.

    Stolen time, when a virtual machine's host ran other guests, counts as others' work.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = used.ru_utime + used.ru_stime
    try:
        ticks = [int(part) for part in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    except OSError:  # not Linux: others' work cannot be measured
        return children, children
    user, nice, system, _idle, _wait, irq, softirq, steal = ticks[:8]
    work = user + nice + system + irq + softirq + steal
    return children, work / os.sysconf("SC_CLK_TCK")


def watched(contestant: Contestant, row: Job, chosen: argparse.Namespace) -> Measurement:
    """One measurement; repeated for a while as long as others use the processors it needs."""
    spare = (os.cpu_count() or row.threads) - row.threads
    deadline = time.perf_counter() + chosen.wait
    while True:
        begin, (own_before, all_before) = time.perf_counter(), processor_seconds()
        found = contestant(row, chosen.seconds)
        elapsed, (own, everybody) = time.perf_counter() - begin, processor_seconds()
        others = ((everybody - all_before) - (own - own_before)) / elapsed
        found["disturbed"] = others > spare + chosen.tolerate
        print(json.dumps(found | {"others": round(others, 2)}), file=sys.stderr, flush=True)
        if not found["disturbed"] or time.perf_counter() > deadline:
            return found
        time.sleep(PAUSE)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def spread(values: list[float], form: str) -> str:
    """median (least to most)"""
    least, middle, most = min(values), statistics.median(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"


def table_row(row: Job, rounds: list[Round]) -> str:
    """Windows per second of each contestant, and the ratio, over the undisturbed rounds.

    The ratio is taken within each round, in which the state of the machine was the same for all.
    """
    clean = [r for r in rounds if not any(found["disturbed"] for found in r.values())]
    speed = [{name: float(found["windows_per_second"]) for name, found in r.items()} for r in clean]
    cells = [str(row)]
    for name in rounds[0]:
        cells.append(spread([r[name] for r in speed], ",.0f") if clean else "disturbed")
    peers = [name for name in rounds[0] if name != "fourcast"]
    if clean and peers and "fourcast" in rounds[0]:
        ratios = [r["fourcast"] / max(r[name] for name in peers) for r in speed]
        cells.append(spread(ratios, ".2f"))
    else:
        cells.append("-")
    cells.append(f"{len(clean)} of {len(rounds)}")
    return f"| {' | '.join(cells)} |"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fourcast", type=Path, help="the fourcast binary")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=["PyTorch", "JAX"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="minimum timed seconds of each")
    parser.add_argument("--wait", type=float, default=60.0,
                        help="seconds to repeat a disturbed measurement for")  # fmt: skip
    parser.add_argument("--tolerate", type=float, default=TOLERATED,
                        help="processors' worth of others' work that does not disturb; with much of "
                             "it the speeds are too low, and only the ratios mean something")  # fmt: skip
    parser.add_argument("--rows", nargs="+", type=job, default=[job(row) for row in ROWS],
                        metavar="H/B/W/T", help="hidden/batch/window/threads")  # fmt: skip
    chosen = parser.parse_args()
    if chosen.rounds < 1 or not (chosen.peers or chosen.fourcast):
        parser.error("nothing to measure")
    if max(row.threads for row in chosen.rows) > (os.cpu_count() or 1):
        parser.error(f"this machine has {os.cpu_count()} processors")
    return chosen


def play(chosen: argparse.Namespace, folder: Path) -> dict[Job, list[Round]]:
    """Every round of every row."""
    contestants = {name: peer(*PEERS[name]) for name in chosen.peers}
    if chosen.fourcast:
        contestants["fourcast"] = fourcast(chosen.fourcast.resolve(), folder)
    results: dict[Job, list[Round]] = defaultdict(list)
    names = list(contestants)
    # Rounds outside, rows inside: each row's measurements then spread over the whole run.
    for number in range(chosen.rounds):
        # The order rotates: the first one runs on the coolest processor.
        turn = number % len(names)
        for row in chosen.rows:
            found = {
                name: watched(contestants[name], row, chosen)
                for name in names[turn:] + names[:turn]
            }
            results[row].append({name: found[name] for name in names})
    return results


def main() -> None:
    chosen = options()
    with tempfile.TemporaryDirectory() as folder:
        results = play(chosen, Path(folder))
    print(
        f"{processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}. Windows per second: median (least to most) of the "
        f"undisturbed rounds, at least {chosen.seconds:g} seconds each. Up to {chosen.tolerate:g} "
        f"processors of others' work do not disturb.\n"
    )
    heads = [f"{name} {found['version']}" for name, found in results[chosen.rows[0]][0].items()]
    heads = ["hidden/batch/window/threads", *heads, "fourcast / best peer", "rounds"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in chosen.rows:
        print(table_row(row, results[row]))


if __name__ == "__main__":
    main()
