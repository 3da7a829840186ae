"""The same walk-forward backtest in fourcast and in neuralforecast, in alternation.

    python backtest.py --fourcast ../../target/dist/fourcast

The tables go to standard output as Markdown; every single measurement goes to standard error as one
JSON line. No measurement is repeated or left out because of other programs' work: the tables show how much
processor time they used.
"""

import argparse
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from run import processor, processor_seconds

SEED = 4
# The defaults of fourcast's backtest; the peer is given the same.
WINDOW, HIDDEN, BATCH, EPOCHS, LEARNING_RATE = 4, 16, 64, 12, 2e-3
FOURCAST = {"fourcast, naive": ["--baselines", "naive"], "fourcast, all baselines": []}
COMPARED = "fourcast, naive"  # the peer computes no baselines

Measurement = dict[str, object]


@dataclass(frozen=True)
class Walk:
    """The backtest: the last `days` of `rows`, fitted again every `refit` days."""

    rows: int
    days: int
    refit: int

    @property
    def fits(self) -> int:
        return math.ceil(self.days / self.refit)

    @property
    def steps(self) -> int:
        """Optimiser steps of one network: of the first fit, which has the fewest rows."""
        windows = self.rows - self.days - WINDOW - 1
        return EPOCHS * (windows // BATCH)


def write_prices(path: Path, rows: int) -> None:
    """Weekdays of a random walk with a day's bar around it; speed does not depend on the prices."""
    source = random.Random(SEED)
    day, price = date(2004, 1, 1), 100.0
    lines = ["Date,Open,High,Low,Close,Volume"]
    for _ in range(rows):
        first = price * math.exp(source.gauss(0.0, 0.003))
        price *= math.exp(source.gauss(0.0, 0.01))
        high = max(first, price) * math.exp(abs(source.gauss(0.0, 0.004)))
        low = min(first, price) * math.exp(-abs(source.gauss(0.0, 0.004)))
        volume = source.randint(1_000_000, 9_000_000)
        lines.append(f"{day},{first:.4f},{high:.4f},{low:.4f},{price:.4f},{volume}")
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    path.write_text("\n".join(lines) + "\n")


def neuralforecast(path: Path, walk: Walk, threads: int) -> Measurement:
    """The backtest in this process. Imports, reading and the model's construction are not timed."""
    import logging
    import warnings

    warnings.filterwarnings("ignore")
    import neuralforecast as library
    import numpy as np
    import pandas as pd
    import torch
    from neuralforecast.losses.pytorch import DistributionLoss
    from neuralforecast.models import LSTM

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(threads)
    y = np.log(pd.read_csv(path)["Close"]).diff().iloc[1:].to_numpy()
    frame = pd.DataFrame({"unique_id": "walk", "ds": np.arange(len(y)), "y": y})
    model = LSTM(
        h=1,
        input_size=WINDOW,
        encoder_n_layers=1,
        encoder_hidden_size=HIDDEN,
        decoder_layers=1,  # one dense head, as fourcast's
        loss=DistributionLoss("StudentT", level=[50, 90]),
        max_steps=walk.steps,
        learning_rate=LEARNING_RATE,
        windows_batch_size=BATCH,
        batch_size=1,  # series
        scaler_type="identity",  # local_scaler_type below scales by all rows of the fit
        random_seed=SEED,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    fits = [0, 0.0]

    class Counted(library.NeuralForecast):
        def fit(self, *given: object, **named: object) -> None:
            begin = time.perf_counter()
            super().fit(*given, **named)
            fits[:] = fits[0] + 1, fits[1] + time.perf_counter() - begin

    forecaster = Counted(models=[model], freq=1, local_scaler_type="standard")
    begin, work = time.perf_counter(), time.process_time()
    found = forecaster.cross_validation(frame, n_windows=walk.days, step_size=1, refit=walk.refit)
    seconds, work = time.perf_counter() - begin, time.process_time() - work
    inside = ((found["LSTM-lo-90"] <= found["y"]) & (found["y"] <= found["LSTM-hi-90"])).mean()
    if fits[0] != walk.fits or len(found) != walk.days or found["ds"].max() != len(y) - 1:
        raise SystemExit(f"error: {fits[0]} fits, {len(found)} days: not the backtest asked for")
    if not 0.8 < inside < 0.97:
        raise SystemExit(f"error: neuralforecast does not train: {inside:.3f} within 90 %")
    return {
        "version": library.__version__,
        "torch": torch.__version__,
        "seconds": seconds,
        "processor_seconds": work,
        "fit_seconds": fits[1],
        "refits": fits[0],
        "coverage_90": round(float(inside), 3),
    }


def child(command: list[str]) -> tuple[dict, float, float]:
    """The JSON object that a command prints last; its wall and processor seconds."""
    begin, (before, _) = time.perf_counter(), processor_seconds()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds, work = time.perf_counter() - begin, processor_seconds()[0] - before
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.strip().split("\n")[-1]), seconds, work


def measure(name: str, chosen: argparse.Namespace, path: Path) -> Measurement:
    walk = chosen.walk
    begin, (own_before, all_before) = time.perf_counter(), processor_seconds()
    if name in FOURCAST:
        command = [str(chosen.fourcast), "backtest", str(path), *FOURCAST[name]]
        # The command with its defaults; only options that differ from them are passed.
        if (walk.days, walk.refit) != (500, 21):
            command += ["--test-days", str(walk.days), "--refit-every", str(walk.refit)]
        report, seconds, work = child([*command, "--format", "json", "-q"])
        if (report["test_days"], report["refits"]) != (walk.days, walk.fits):
            raise SystemExit(f"error: {report['test_days']} days, {report['refits']} refits")
        found = {"seconds": seconds, "processor_seconds": work, "refits": report["refits"]}
    else:
        command = [sys.executable, __file__, "--peer", name.split()[-1], "--prices", str(path)]
        command += ["--rows", str(walk.rows), "--days", str(walk.days), "--refit", str(walk.refit)]
        found, _, _ = child(command)
    elapsed, (own, everybody) = time.perf_counter() - begin, processor_seconds()
    others = ((everybody - all_before) - (own - own_before)) / elapsed
    found |= {"contestant": name, "others": round(others, 2), "load": round(os.getloadavg()[0], 2)}
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def spread(values: list[float], form: str) -> str:
    """median (least to most)"""
    least, middle, most = min(values), statistics.median(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"


def play(chosen: argparse.Namespace, path: Path) -> tuple[list[Measurement], list[tuple]]:
    """Every measurement; and the ratio of each of the peer's to the mean of fourcast's right before and
    right after it, in wall time and in processor time."""
    peers = [f"neuralforecast, PyTorch threads: {threads}" for threads in chosen.threads]
    found: list[Measurement] = []
    for name in peers * chosen.rounds:
        found += [measure(own, chosen, path) for own in FOURCAST]
        found.append(measure(name, chosen, path))
    found += [measure(own, chosen, path) for own in FOURCAST]
    ratios = []
    for at, peer in enumerate(found):
        if peer["contestant"] in peers:
            near = [f for f in found[at - 2 : at + 3] if f["contestant"] == COMPARED]
            ratio = (
                peer[what] / statistics.mean(f[what] for f in near)
                for what in ("seconds", "processor_seconds")
            )
            ratios.append((peer["contestant"], *ratio))
    return found, ratios


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fourcast", type=Path, help="the fourcast binary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2],
                        help="numbers of PyTorch threads, each measured separately")  # fmt: skip
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--days", type=int, default=500, help="test days, the last ones")
    parser.add_argument("--refit", type=int, default=21, help="days from one fit to the next")
    parser.add_argument("--peer", type=int, help=argparse.SUPPRESS)  # number of threads: run the peer in this process
    parser.add_argument("--prices", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peer is None and chosen.fourcast is None:
        parser.error("--fourcast is needed")
    if min(chosen.rounds, chosen.days, chosen.refit) < 1 or chosen.rows < chosen.days + 1000:
        parser.error("nothing to measure, or too few rows before the test days")
    chosen.walk = Walk(chosen.rows, chosen.days, chosen.refit)
    return chosen


def main() -> None:
    chosen = options()
    walk = chosen.walk
    if chosen.peer is not None:
        print(json.dumps(neuralforecast(chosen.prices, walk, chosen.peer)))
        return
    chosen.fourcast = chosen.fourcast.resolve()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        write_prices(path, walk.rows)
        found, ratios = play(chosen, path)
    peer = next(f for f in found if "torch" in f)
    print(
        f"{processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, neuralforecast {peer['version']}, PyTorch "
        f"{peer['torch']}. {walk.rows} rows, {walk.days} test days, {walk.fits} fits, "
        f"{walk.steps} steps a network: median (least to most). Others: processors' worth of "
        f"other programs' work meanwhile. Load average {min(f['load'] for f in found)} to "
        f"{max(f['load'] for f in found)}.\n"
    )
    print("| contestant | seconds | of these in fit | processor seconds | others | runs |")
    print(f"|{'---|' * 6}")
    for name in dict.fromkeys(f["contestant"] for f in found):
        mine = [f for f in found if f["contestant"] == name]
        fit = spread([f["fit_seconds"] for f in mine], ".1f") if "torch" in mine[0] else ""
        cells = [name, spread([f["seconds"] for f in mine], ".2f"), fit]
        cells.append(spread([f["processor_seconds"] for f in mine], ".2f"))
        cells.append(spread([f["others"] for f in mine], ".2f"))
        print(f"| {' | '.join([*cells, str(len(mine))])} |")
    print(f"\n| times as long as {COMPARED} | by the clock | in processor time |\n|---|---|---|")
    for name in dict.fromkeys(name for name, _, _ in ratios):
        clock = [clock for other, clock, _ in ratios if other == name]
        work = [work for other, _, work in ratios if other == name]
        print(f"| {name} | {spread(clock, '.1f')} | {spread(work, '.1f')} |")


if __name__ == "__main__":
    main()
