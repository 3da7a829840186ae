"""Forecasts of many tickers with fourcast, neuralforecast and statsforecast, in alternation.

    python universe.py --fourcast ../../target/release/fourcast
    python universe.py --fourcast ../../target/release/fourcast --tickers 10 --peers GARCH

Every contestant is a whole process, or several, from its start to an interval for every ticker. The table goes to
standard output as Markdown; every single measurement goes to standard error as one JSON line. No measurement is
repeated or left out because of other programs' work: the table shows how much processor time they used. Needs
Linux and GNU time.
"""

import argparse
import csv
import io
import json
import math
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from run import processor, processor_seconds, spread

SEED = 4
ROWS = 1000
PARTS = 13  # of a session, half hours; the extremes of the bar are those of their ends
# The defaults of fourcast's training; the global peer is given the same.
WINDOW, HIDDEN, BATCH, EPOCHS, LEARNING_RATE = 4, 16, 64, 6, 2e-3
LONGEST_HORIZON, EPOCH_WINDOWS = 30, 262_144  # of fourcast: days ahead that need a row, windows of an epoch at most
LEVELS = [50, 90]
ONE, EACH = "fourcast, one model of all", "fourcast, a model of each"
PEERS = ("LSTM", "AutoETS", "GARCH")
GNU_TIME = "/usr/bin/time"

Command = list[str]
Measurement = dict[str, object]


@dataclass(frozen=True)
class Contestant:
    """Commands that run one after the other, and the number of forecasts in what the last of them prints."""

    name: str
    commands: list[Command]
    forecasts: Callable[[str], int]


def market(tickers: int) -> dict[str, np.ndarray]:
    """Bars of a market with stochastic volatility, an array of `tickers` x ROWS each.

    Log volatility is an AR(1) process, one of the market and one of each ticker; moves are those of the market and
    own ones, overnight and in PARTS parts of the session.
    """
    source = np.random.default_rng(SEED)
    level = source.uniform(0.006, 0.015, tickers)  # daily volatility of the own moves
    beta = source.uniform(0.5, 1.5, tickers)
    price = source.uniform(20.0, 200.0, tickers)
    own, common = np.zeros(tickers), 0.0
    bars = {name: np.empty((tickers, ROWS)) for name in ("open", "high", "low", "close", "volume")}
    share = np.sqrt(np.array([0.2] + [0.8 / PARTS] * PARTS))  # of the day's volatility, the night's first
    for row in range(ROWS):
        own = 0.97 * own + 0.08 * source.standard_normal(tickers)
        common = 0.97 * common + 0.08 * source.standard_normal()
        moves = (level * np.exp(own))[:, None] * share * source.standard_normal((tickers, PARTS + 1))
        moves += beta[:, None] * 0.007 * np.exp(common) * share * source.standard_normal(PARTS + 1)
        path = price[:, None] * np.exp(np.cumsum(moves, axis=1))
        price = path[:, -1]
        bars["open"][:, row], bars["close"][:, row] = path[:, 0], price
        bars["high"][:, row], bars["low"][:, row] = path.max(axis=1), path.min(axis=1)
        bars["volume"][:, row] = 1e6 * np.exp(own + common + 0.3 * source.standard_normal(tickers))
    return bars


def write_prices(path: Path, tickers: int) -> None:
    """A long file: the rows of a ticker after those of another."""
    days, day = [], date(2020, 1, 2)
    while len(days) < ROWS:
        days.append(day)
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    bars = market(tickers)
    with path.open("w") as file:
        file.write("date,ticker,open,high,low,close,volume\n")
        for ticker in range(tickers):
            rows = zip(days, *(bars[name][ticker] for name in bars))
            file.writelines(
                f"{day},T{ticker:04},{first:.4f},{high:.4f},{low:.4f},{last:.4f},{volume:.0f}\n"
                for day, first, high, low, last, volume in rows
            )


def steps(tickers: int) -> int:
    """Optimiser steps of one network of fourcast over all tickers."""
    windows = tickers * (ROWS - WINDOW - LONGEST_HORIZON)
    return EPOCHS * math.ceil(min(windows, EPOCH_WINDOWS) / BATCH)


def neuralforecast(frame, tickers: int) -> tuple[str, object]:
    """One LSTM for all tickers: the version, and a table of forecasts."""
    import logging

    import neuralforecast as library
    import torch
    from neuralforecast.losses.pytorch import DistributionLoss
    from neuralforecast.models import LSTM

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(1)  # with two it took longer
    model = LSTM(
        h=1,
        input_size=WINDOW,
        encoder_n_layers=1,
        encoder_hidden_size=HIDDEN,
        decoder_layers=1,  # one dense head, as fourcast's
        loss=DistributionLoss("StudentT", level=LEVELS),
        max_steps=steps(tickers),
        learning_rate=LEARNING_RATE,
        windows_batch_size=BATCH,
        batch_size=1,  # tickers from which the windows of a step are drawn
        scaler_type="identity",  # local_scaler_type below scales by all rows of a ticker
        random_seed=SEED,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    forecaster = library.NeuralForecast(models=[model], freq=1, local_scaler_type="standard")
    forecaster.fit(frame)
    return f"{library.__version__}, PyTorch {torch.__version__}", forecaster.predict()


def statsforecast(frame, name: str) -> tuple[str, object]:
    """A model of each ticker: the version, and a table of forecasts."""
    import statsforecast as library
    from statsforecast.models import GARCH, AutoETS

    model = {"AutoETS": AutoETS(season_length=1), "GARCH": GARCH(1, 1)}[name]
    forecaster = library.StatsForecast(models=[model], freq=1, n_jobs=os.cpu_count() or 1)
    return library.__version__, forecaster.forecast(df=frame, h=1, level=LEVELS)


def peer(name: str, path: Path) -> Measurement:
    """Reads the prices, fits and forecasts in this process."""
    import warnings

    warnings.filterwarnings("ignore")
    import pandas as pd

    prices = pd.read_csv(path, usecols=["ticker", "close"])
    moves = np.log(prices["close"]).groupby(prices["ticker"]).diff()
    frame = pd.DataFrame({"unique_id": prices["ticker"], "ds": prices.index % ROWS, "y": moves}).dropna()
    tickers = frame["unique_id"].nunique()
    version, found = neuralforecast(frame, tickers) if name == "LSTM" else statsforecast(frame, name)
    bounds = [found.filter(like=f"-{side}-{level}") for level in LEVELS for side in ("lo", "hi")]
    numbers = np.hstack([bound.to_numpy(float) for bound in bounds])  # lo-50, hi-50, lo-90, hi-90
    if numbers.shape[1] != 4:
        raise SystemExit(f"error: {name} gives no interval: {list(found.columns)}")
    good = np.isfinite(numbers).all(axis=1) & (np.diff(numbers[:, [2, 0, 1, 3]]) > 0).all(axis=1)
    return {"version": version, "forecasts": int(good.sum())}


def count_rows(text: str) -> int:
    """Forecasts with finite, ordered intervals in what `fourcast predict` prints."""
    columns = ("lower_90", "lower_50", "upper_50", "upper_90")
    rows = [[float(row[name] or "nan") for name in columns] for row in csv.DictReader(io.StringIO(text))]
    # A number that is not finite is not below infinity, or not above the one before.
    return sum(a < b < c < d < math.inf for a, b, c, d in rows if a > -math.inf)


def count_json(text: str) -> int:
    return json.loads(text.strip().split("\n")[-1])["forecasts"]


def contestants(chosen: argparse.Namespace, path: Path, folder: Path) -> list[Contestant]:
    binary, model, models = str(chosen.fourcast), str(folder / "model.safetensors"), str(folder / "models")
    predict = [binary, "predict", str(path), "--format", "csv", "-q"]
    train = [binary, "train", str(path), "-q"]
    found = [
        Contestant("fourcast, pretrained networks", [[*predict, "--pretrained"]], count_rows),
        Contestant(ONE, [[*train, "-m", model], [*predict, "-m", model]], count_rows),
        Contestant(EACH, [[*train, "--each", "--models", models], [*predict, "--models", models]], count_rows),
    ]
    for name in chosen.peers:
        command = [sys.executable, __file__, "--peer", name, "--prices", str(path)]
        library = "neuralforecast" if name == "LSTM" else "statsforecast"
        found.append(Contestant(f"{library} {name}", [command], count_json))
    return found


def run(command: Command, folder: Path, limit: float) -> tuple[str, float, float] | None:
    """What a command prints; its processor seconds and the peak memory, in MB, of its largest process, with those of
    the processes that it starts. None if it has been stopped after `limit` seconds."""
    peak, printed, errors = (folder / name for name in ("peak", "stdout", "stderr"))
    # GNU time, because in the record of a process that Python starts the peak begins with Python's own.
    with printed.open("w") as out, errors.open("w") as err:
        child = subprocess.Popen(
            [GNU_TIME, "-f", "%M", "-o", str(peak), *command],
            stdout=out, stderr=err, cwd=folder, start_new_session=True,
        )  # fmt: skip
        timer = threading.Timer(max(limit, 0.0), os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        _, status, used = os.wait4(child.pid, 0)
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode == -signal.SIGKILL:
        return None
    if child.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)}: exit {child.returncode}\n{errors.read_text()}")
    return printed.read_text(), used.ru_utime + used.ru_stime, int(peak.read_text().split()[-1]) / 1024


def measure(contestant: Contestant, tickers: int, folder: Path, limit: float) -> Measurement:
    shutil.rmtree(folder / "models", ignore_errors=True)
    begin, (own_before, all_before) = time.perf_counter(), processor_seconds()
    used, peak, printed = 0.0, 0.0, None
    for command in contestant.commands:
        done = run(command, folder, limit - (time.perf_counter() - begin))
        if done is None:
            printed = None
            break
        printed, work, memory = done
        used, peak = used + work, max(peak, memory)
    seconds, (own, everybody) = time.perf_counter() - begin, processor_seconds()
    others = ((everybody - all_before) - (own - own_before)) / seconds
    found: Measurement = {"contestant": contestant.name, "tickers": tickers, "stopped": printed is None}
    if printed is not None:
        forecasts = contestant.forecasts(printed)
        if forecasts != tickers:
            raise SystemExit(f"error: {contestant.name}: {forecasts} good forecasts of {tickers} tickers")
        found |= {"processor_seconds": round(used, 3), "seconds": round(seconds, 3), "peak_mb": round(peak, 1)}
        if contestant.forecasts is count_json:
            found["version"] = json.loads(printed.strip().split("\n")[-1])["version"]
    found |= {"others": round(others, 2), "load": round(os.getloadavg()[0], 2)}
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def cell(values: list[float], form: str) -> str:
    return spread(values, form) if len(values) > 1 else f"{values[0]:{form}}"


def play(chosen: argparse.Namespace) -> list[list[Measurement]]:
    """Every round: the measurements of all contestants on one panel."""
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for tickers, count in zip(chosen.tickers, chosen.rounds):
            path = folder / f"{tickers}.csv"
            write_prices(path, tickers)
            every = contestants(chosen, path, folder)
            if not rounds:
                # Not counted: Python and numba compile what they import, and keep it on the disk.
                for contestant in every:
                    measure(contestant, tickers, folder, chosen.limit)
            for number in range(count):
                turn = number % len(every)
                order = every[turn:] + every[:turn]
                found = {one.name: measure(one, tickers, folder, chosen.limit) for one in order}
                rounds.append([found[one.name] for one in every])
            path.unlink()
    return rounds


def ratios(rounds: list[list[Measurement]], name: str, other: str) -> str:
    """Processor time of `name` relative to that of `other`, taken within each round."""
    pairs = [({one["contestant"]: one for one in found}) for found in rounds]
    values = [
        found[name]["processor_seconds"] / found[other]["processor_seconds"]
        for found in pairs
        if not found[name]["stopped"] and not found[other]["stopped"]
    ]
    return f"{statistics.median(values):.2f}" if values else "-"


def table(rounds: list[list[Measurement]], limit: float) -> None:
    heads = ["tickers", "contestant", "processor seconds", "ms per ticker", "/ one of all", "/ one of each"]
    heads += ["wall seconds", "peak MB", "others", "runs"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for tickers in dict.fromkeys(found[0]["tickers"] for found in rounds):
        here = [found for found in rounds if found[0]["tickers"] == tickers]
        for place, first in enumerate(here[0]):
            name = str(first["contestant"])
            mine = [found[place] for found in here if not found[place]["stopped"]]
            cells = [f"{tickers:,}", name]
            if len(mine) < len(here):
                cells += ["", "", "", "", f"over {limit:g}", "", "", f"{len(here)}"]
            else:
                work = [one["processor_seconds"] for one in mine]
                cells += [cell(work, ",.2f"), f"{1000 * statistics.median(work) / tickers:,.1f}"]
                cells += [ratios(here, name, ONE), ratios(here, name, EACH)]
                cells += [cell([one["seconds"] for one in mine], ",.1f")]
                cells += [f"{max(one['peak_mb'] for one in mine):,.0f}"]
                cells += [cell([one["others"] for one in mine], ".1f"), f"{len(mine)}"]
            print(f"| {' | '.join(cells)} |")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fourcast", type=Path, help="the fourcast binary")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--tickers", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--rounds", type=int, nargs="+", default=[3],
                        help="rounds of all numbers of tickers, or of each")  # fmt: skip
    parser.add_argument("--limit", type=float, default=900.0,
                        help="seconds after which a contestant is stopped")  # fmt: skip
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)  # run it in this process
    parser.add_argument("--prices", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peer is None and chosen.fourcast is None:
        parser.error("--fourcast is needed")
    if len(chosen.rounds) == 1:
        chosen.rounds *= len(chosen.tickers)
    if len(chosen.rounds) != len(chosen.tickers):
        parser.error("--rounds needs one number, or as many as --tickers")
    if min(chosen.rounds + chosen.tickers) < 1:
        parser.error("nothing to measure")
    return chosen


def main() -> None:
    chosen = options()
    if chosen.peer is not None:
        print(json.dumps(peer(chosen.peer, chosen.prices)))
        return
    chosen.fourcast = chosen.fourcast.resolve()
    rounds = play(chosen)
    every = [one for found in rounds for one in found]
    counts = ", ".join(f"{steps(tickers):,}" for tickers in chosen.tickers)
    trained = f"; steps of the LSTM: {counts}" if "LSTM" in chosen.peers else ""
    versions = {one["contestant"]: one["version"] for one in every if "version" in one}
    print(
        f"{processor()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}, Python "
        f"{', '.join([platform.python_version(), *(f'{name} {version}' for name, version in versions.items())])}. "
        f"{ROWS} rows per ticker{trained}. Median (least to most). Others: "
        f"processors' worth of other programs' work meanwhile. Load average {min(one['load'] for one in every)} to "
        f"{max(one['load'] for one in every)}.\n"
    )
    table(rounds, chosen.limit)


if __name__ == "__main__":
    main()
