#!/usr/bin/env python3
"""Scores the predictive distribution on simulated prices rounded to steps, compared with constant history and the
other baselines.

    benches/quality/ticks.py [options]

Two latent markets, a GARCH(1,1) with Student-t moves and a random walk of normal ones, each rounded to steps of
0.01 % to 50 % of the first price. A file a market, step and seed; the same arguments give the same files. Needs Python
3.9 and nothing else.
"""

import argparse
import concurrent.futures
import datetime
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

STEPS = [0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5]


def student_t(rng, nu):
    """Of unit variance."""
    chi_square = rng.gammavariate(nu / 2, 2)
    return rng.gauss(0, 1) / math.sqrt(chi_square / nu) * math.sqrt((nu - 2) / nu)


def moves(market, rng):
    """Endless log returns, in parts of a day."""
    deviation, parts = 0.02, 10
    if market == "walk":
        while True:
            yield [rng.gauss(0, deviation / math.sqrt(parts)) for _ in range(parts)]
    variance = deviation ** 2
    while True:
        day = math.sqrt(variance) * student_t(rng, 5)
        bridge = [rng.gauss(0, math.sqrt(variance / parts)) for _ in range(parts)]
        shift = (day - sum(bridge)) / parts
        yield [part + shift for part in bridge]
        variance = 0.02 * deviation ** 2 + 0.08 * day ** 2 + 0.9 * variance


def write(path, market, step, seed, rows, bars):
    rng = random.Random(f"{market} {step} {seed}")
    worth, day, written = 0.0, datetime.date(2012, 1, 2), 0
    # The first price is about 1 / step steps: of cents, as penny stocks have them.
    start = 0.01 / step

    def rounded(price):
        return max(1, round(price * 100)) / 100

    with open(path, "w") as out:
        out.write("Date,Open,High,Low,Close\n" if bars else "Date,Close\n")
        for parts in moves(market, rng):
            track = [worth]
            for part in parts:
                # Mean reversion keeps the price from drifting to zero or out of its range of steps.
                track.append(track[-1] + part - 0.002 * track[-1] / len(parts))
            worth = track[-1]
            bar = [rounded(start * math.exp(level)) for level in (track[0], max(track), min(track), worth)]
            out.write(",".join([day.isoformat(), *(f"{price:.2f}" for price in (bar if bars else bar[3:]))]) + "\n")
            written += 1
            if written == rows:
                return
            day += datetime.timedelta(days=3 if day.weekday() == 4 else 1)


def backtest(binary, path, options):
    command = [binary, "backtest", str(path), "-q", "--format", "json", "--threads", "1", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def mean(values):
    return sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/fourcast")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--test-days", type=int, default=250)
    parser.add_argument("--refit-every", type=int, default=125)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--steps", default=",".join(map(str, STEPS)))
    parser.add_argument("--markets", default="garch,walk")
    parser.add_argument("--close-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*", help="files of prices to score as well")
    args = parser.parse_args()

    options = ["--test-days", str(args.test_days), "--refit-every", str(args.refit_every), "--splits", "as-is"]
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(file, 0, pathlib.Path(file)) for file in args.files]
        for market in args.markets.split(",") if args.seeds else []:
            for step in map(float, args.steps.split(",")):
                for seed in range(args.first_seed, args.first_seed + args.seeds):
                    path = pathlib.Path(folder) / f"{market}_{step}_{seed}.csv"
                    write(path, market, step, seed, args.rows, not args.close_only)
                    jobs.append((market, step, path))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(lambda job: backtest(args.binary, job[2], options), jobs))

    rows = {}
    for (market, step, _), result in zip(jobs, results):
        rows.setdefault((market, step), []).append(result)
    print("market  step    CRPS / naive         worst   / ewma   / egarch  coverage 0.5   0.9")
    for (market, step), each in rows.items():
        def ratios(name):
            return [r["scores"]["crps"] / r["baselines"][name]["crps"] for r in each if name in r["baselines"]]

        cover = [{level["all"]["level"]: level["all"]["coverage"] for level in r["scores"]["levels"]} for r in each]
        naive = ratios("naive")
        spread = math.sqrt(sum((r - mean(naive)) ** 2 for r in naive) / max(1, len(naive) - 1) / len(naive))
        print(f"{market[-24:]:6} {step:7.2%}  {mean(naive):.4f} +- {spread:.4f}  {max(naive):.4f}  "
              f"{mean(ratios('ewma')):.4f}  {mean(ratios('egarch')):.4f}    "
              f"{mean([c[0.5] for c in cover]):.3f}         {mean([c[0.9] for c in cover]):.3f}")


if __name__ == "__main__":
    main()
