#!/usr/bin/env python3
"""Scores the predictive distribution on many blocks of many series, compared with EGARCH's.

    benches/quality/run.py [options] FILE... [-- OPTIONS OF fourcast backtest]

Each file's rows are cut into blocks of 500 test days from the end backwards; every block is a walk-forward
backtest of its own on the rows up to its last day (--until). Blocks that reach into the last 500 days are left
out unless --final is given: choices are made on the others. The standard errors treat the blocks as independent,
although blocks of several series share their dates; the number of distinct date spans is printed beside the number of
blocks. With --horizon the scores are those of the return over that many days. The other baselines are also compared
with the first of --against. Needs Python 3.9 and nothing else.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import pathlib
import subprocess
import sys

HELD_OUT = 500  # days at the end of each file that no choice may be based on


def days_of(binary, file, series):
    """Dates of the series' rows, as fourcast reads them."""
    out = subprocess.run([binary, "inspect", file, "--format", "json"], check=True, capture_output=True, text=True)
    understood = json.loads(out.stdout)
    column = next(c["name"] for c in understood["columns"] if c["role"] == "date")
    with open(file, newline="") as handle:
        rows = csv.DictReader(handle, delimiter=understood["delimiter"])
        return sorted(row[column][:10] for row in rows)


def backtest(binary, file, until, options):
    command = [binary, "backtest", file, "-q", "--format", "json", "--threads", "1", "--until", until, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def apart(spans):
    """The maximum number of date spans of which no two have a day in common."""
    count, until = 0, ""
    for first, last in sorted(spans, key=lambda span: span[1]):
        if first > until:
            count, until = count + 1, last
    return count


def mean(values):
    return sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--binary", default="target/release/fourcast")
    parser.add_argument("--block", type=int, default=500)
    parser.add_argument("--blocks", type=int, default=99, help="most blocks of a series")
    parser.add_argument("--least", type=int, default=600, help="rows before the first block, at least")
    parser.add_argument("--history", type=int, help="rows before a block that are given at all: short files")
    parser.add_argument("--final", action="store_true", help="only the blocks that reach into the last 500 days")
    parser.add_argument("--against", default="egarch", help="baselines, any that forecast as far ahead")
    parser.add_argument("--horizon", type=int, default=1, help="days ahead")
    parser.add_argument("--cache", help="remember the baselines' scores in this file")
    parser.add_argument("--list", action="store_true", help="only list the blocks and count their date spans")
    parser.add_argument("-v", action="store_true", help="one line per block")
    own, rest = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, rest = own[:at], own[at + 1:]
    args = parser.parse_args(own)

    cache = {}
    if args.cache and pathlib.Path(args.cache).exists():
        cache = json.loads(pathlib.Path(args.cache).read_text())
    jobs, spans = [], {}
    for file in args.files:
        days = days_of(args.binary, file, None)
        last = len(days)
        number = 0
        while last - args.block >= args.least and number < args.blocks:
            if (len(days) - last < HELD_OUT) == args.final:
                first = max(0, last - args.block - args.history) if args.history else 0
                jobs.append((file, days[first], days[last - 1]))
                spans.setdefault((days[last - args.block], days[last - 1]), []).append(pathlib.Path(file).stem)
            last -= args.block
            number += 1

    counted = f"{len(jobs)} blocks on {len(spans)} distinct date spans, {apart(spans)} of them without a common day"
    if args.list:
        for (first, last), series in sorted(spans.items()):
            print(first, last, *series)
        print(counted)
        return

    def run(job):
        file, since, until = job
        options = ["--test-days", str(args.block), "--since", since, "--horizon", str(args.horizon), *rest]
        key = f"{file} {since} {until} {args.block} {args.against} {args.horizon}"
        asked = [] if key in cache else args.against.split(",") + ["ewma"]
        result = backtest(args.binary, file, until, [*options, "--baselines", ",".join(["naive", *asked])])
        if key not in cache:
            cache[key] = {name: scores["crps"] for name, scores in result["baselines"].items()}
        return file, until, result, cache[key]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, jobs))
    if args.cache:
        pathlib.Path(args.cache).write_text(json.dumps(cache))

    names = list(dict.fromkeys(args.against.split(",") + ["ewma"]))
    by_file, cover, price, between = {}, {}, {}, {}
    for file, until, result, others in results:
        scores = result["scores"]
        ratio = {name: scores["crps"] / others[name] for name in names}
        by_file.setdefault(file, []).append(ratio)
        for name in names[1:]:
            between.setdefault(name, []).append(others[name] / others[names[0]])
        price.setdefault(file, []).append(scores["rmse"] / result["baselines"]["naive"]["rmse"])
        for level in scores["levels"]:
            thirds = level["by_volatility"]
            cover.setdefault(level["all"]["level"], []).append(
                [level["all"]["coverage"]] + [thirds[third]["coverage"] for third in ("low", "medium", "high")])
        if args.v:
            print(pathlib.Path(file).stem, until, *(f"{name} {value:.4f}" for name, value in ratio.items()))
    for name in names:
        all_ratios = [ratio[name] for ratios in by_file.values() for ratio in ratios]
        spread = math.sqrt(sum((r - mean(all_ratios)) ** 2 for r in all_ratios) / max(1, len(all_ratios) - 1))
        each = "  ".join(f"{pathlib.Path(f).stem[:12]} {mean([r[name] for r in ratios]):.4f}"
                         for f, ratios in by_file.items())
        print(f"CRPS / {name}: {mean(all_ratios):.4f} +- {spread / math.sqrt(len(all_ratios)):.4f} "
              f"({counted})  {each}")
    for name, ratios in between.items():
        print(f"CRPS of {name} / {names[0]}: {mean(ratios):.4f}")
    print(f"RMSE / naive: {mean([p for ps in price.values() for p in ps]):.4f}, "
          f"worst series {max(mean(ps) for ps in price.values()):.4f}")
    for level, rows in sorted(cover.items()):
        whole, low, medium, high = (mean([row[k] for row in rows]) for k in range(4))
        print(f"coverage at {level}: {whole:.4f}  by volatility: low {low:.4f}  medium {medium:.4f}  high {high:.4f}")


if __name__ == "__main__":
    main()
