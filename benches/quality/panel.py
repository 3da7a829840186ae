#!/usr/bin/env python3
"""One model of all series, one of each, or the pretrained networks: whose predictive distributions are better?

    benches/quality/panel.py [options] FILE [-- OPTIONS OF fourcast train]

FILE is a long file of several series with common days. Each block is 500 test days, from the end backwards. On the days
before it (all, or the last --rows) a model of each series and one of all are trained; then the days are forecast by both,
and by the pretrained networks, without fitting again. Printed is the CRPS of the one-day log return (a quantile score over
21 levels) relative to the pretrained networks: the geometric mean over blocks and series, with its standard error over
blocks, over series, and over spans of 20 days. Series share their days, so that over series is too small. Needs Python
3.9 and nothing else.
"""

import argparse
import collections
import csv
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TEST_DAYS = 500
SPAN = 20
PRETRAINED = {False: "lstm-close", True: "lstm-ohlc"}


def run(command):
    start = time.time()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout, time.time() - start


def scores(path):
    """CRPS of each series and day."""
    found = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            moved = math.log(float(row["actual"]) / float(row["naive"]))
            losses = []
            for name, value in row.items():
                if name.startswith("q0."):
                    level, quantile = float(name[1:]), math.log(float(value) / float(row["naive"]))
                    losses.append(max(level * (moved - quantile), (level - 1) * (moved - quantile)))
            found[row["series"], row["date"]] = 2 * sum(losses) / len(losses)
    return found


def error(values):
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def mean_by(cells, place):
    groups = collections.defaultdict(list)
    for key, value in cells.items():
        groups[key[place]].append(value)
    return [statistics.fmean(group) for group in groups.values()]


def compare(blocks, name, reference):
    """The ratio of CRPS, its standard errors, and the blocks of a series that are better."""
    cells, spans = {}, []
    for number, block in enumerate(blocks):
        sums = collections.defaultdict(lambda: [0.0, 0.0])
        for key, score in block[name].items():
            sums[key[0]][0] += score
            sums[key[0]][1] += block[reference][key]
        cells |= {(number, series): math.log(own / other) for series, (own, other) in sums.items()}
        days = collections.defaultdict(list)
        for (series, day), score in block[name].items():
            scale = sums[series][1] / TEST_DAYS
            days[day].append((score - block[reference][series, day]) / scale)
        daily = [statistics.fmean(days[day]) for day in sorted(days)]
        spans += [statistics.fmean(daily[first : first + SPAN]) for first in range(0, len(daily) - SPAN + 1, SPAN)]
    ratio = math.exp(statistics.fmean(cells.values()))
    errors = [error(mean_by(cells, 0)), error(mean_by(cells, 1)), error(spans)]
    return ratio, errors, sum(value < 0 for value in cells.values()), len(cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--binary", default="target/release/fourcast")
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--skip", type=int, default=0, help="blocks to leave out at the end")
    parser.add_argument("--rows", type=int, help="rows of each series to train on; all by default")
    parser.add_argument("--bars", action="store_true", help="the file has open, high and low")
    parser.add_argument("--splits", default="as-is", help="as in fourcast train")
    words = sys.argv[1:]
    at = words.index("--") if "--" in words else len(words)
    args, options = parser.parse_args(words[:at]), words[at + 1 :]
    inspected = json.loads(run([args.binary, "inspect", args.file, "--format", "json"])[0])
    column = next(one["name"] for one in inspected["columns"] if one["role"] == "date")
    with open(args.file, newline="") as file:
        days = sorted({row[column] for row in csv.DictReader(file)})
    pretrained = pathlib.Path(f"data/pretrained/{PRETRAINED[args.bars]}.safetensors")
    blocks, seconds = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for block in range(args.skip, args.skip + args.blocks):
            end, cut = len(days) - 1 - TEST_DAYS * block, len(days) - 1 - TEST_DAYS * (block + 1)
            since = days[max(0, cut + 1 - args.rows) if args.rows else 0]
            read = ["-q", "--format", "json", "--splits", args.splits]
            train = [args.binary, "train", args.file, *read, "--since", since, "--until", days[cut], *options]
            model, models = folder / f"{block}.safetensors", folder / f"{block}"
            seconds["one of all"] += run([*train, "-m", model])[1]
            seconds["one of each"] += run([*train, "--each", "--models", models])[1]
            test = [args.binary, "backtest", args.file, *read, "--until", days[end], "--test-days", TEST_DAYS]
            forecasts = folder / "days.csv"
            block = {}
            for name, which in [
                ("pretrained", ["--model", pretrained]),
                ("one of each", ["--models", models]),
                ("one of all", ["--model", model]),
            ]:
                run([*test, *which, "--baselines", "naive", "--forecasts", forecasts])
                block[name] = scores(forecasts)
            blocks.append(block)
            print(f"{days[cut]} to {days[end]}", file=sys.stderr, flush=True)
    print(f"{len(blocks)} blocks of {TEST_DAYS} days, {len({key[0] for key in blocks[0]['pretrained']})} series")
    print("CRPS relative to the pretrained networks +- over blocks, series, spans of days; better in")
    for name in ("one of each", "one of all"):
        ratio, errors, better, cells = compare(blocks, name, "pretrained")
        text = ", ".join(f"{error:.5f}" for error in errors)
        print(f"{name}: {ratio:.5f} +- {text}; {better} of {cells}; {seconds[name] / len(blocks):.1f} s to train")
    ratio, errors, better, cells = compare(blocks, "one of all", "one of each")
    print(f"one of all / one of each: {ratio:.5f} +- {', '.join(f'{error:.5f}' for error in errors)}; {better} of {cells}")


if __name__ == "__main__":
    main()
