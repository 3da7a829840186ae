"""Reads the same price files with fourcast and with pandas' C reader, one after the other.

What is timed: the processor time of the whole process `fourcast inspect FILE --format json`, start and report
included, against that of `pd.read_csv(FILE, parse_dates=["Date"])` alone, without the import of pandas. pandas
returns a frame; fourcast also detects header, dialect and forms, sorts the days, and looks for splits, gaps and
bars that contradict each other.
"""

import argparse
import datetime
import os
import random
import statistics
import subprocess
import sys
import tempfile

PANDAS = """
import sys, time
import pandas
start = time.process_time()
frame = pandas.read_csv(sys.argv[1], parse_dates=["Date"])
took = time.process_time() - start
assert frame["Date"].dtype.kind == "M", frame.dtypes
print(took, len(frame))
"""
NAMES = "Date,Open,High,Low,Close,Adj Close,Volume"
ROWS_OF_A_TICKER = 9000


def rows(random, first, step):
    """Yahoo's rows, without line breaks."""
    price, day = 50.0, first
    while True:
        day += datetime.timedelta(days=step(day))
        opened = price * (1 + random.gauss(0, 0.005))
        close = price * (1 + random.gauss(0, 0.012))
        high = max(opened, close) * (1 + abs(random.gauss(0, 0.004)))
        low = min(opened, close) * (1 - abs(random.gauss(0, 0.004)))
        price = min(max(close, 10), 500)
        volume = random.randrange(10**6, 10**8)
        yield f"{day},{opened:.6f},{high:.6f},{low:.6f},{close:.6f},{close * 0.93:.6f},{volume}"


def write_single(path, size):
    """One series of days including weekends: five megabytes of weekdays would exceed the calendar."""
    with open(path, "w") as file:
        file.write(NAMES + "\n")
        for row in rows(random.Random(1), datetime.date(1700, 1, 1), lambda _: 1):
            file.write(row + "\n")
            if file.tell() > size:
                return


def write_long(path, size):
    """Many tickers, each with the weekdays of 34 years."""
    weekdays = lambda day: 3 if day.weekday() == 4 else 1
    source = [rows(random.Random(seed), datetime.date(1990, 1, 1), weekdays) for seed in range(8)]
    blocks = [[next(block) for _ in range(ROWS_OF_A_TICKER)] for block in source]
    with open(path, "w") as file:
        file.write(NAMES + ",Ticker\n")
        ticker = 0
        while file.tell() < size:
            file.write("".join(f"{row},T{ticker:05}\n" for row in blocks[ticker % 8]))
            ticker += 1


def fourcast(program, path):
    """Processor seconds and peak memory in bytes of a whole process."""
    child = subprocess.Popen([program, "inspect", path, "--format", "json"], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{program} failed")
    return used.ru_utime + used.ru_stime, 1024 * used.ru_maxrss


def pandas(path):
    """Processor seconds of reading, and rows."""
    run = subprocess.run([sys.executable, "-c", PANDAS, path], capture_output=True, text=True, check=True)
    took, count = run.stdout.split()
    return float(took), int(count)


def compare(program, path, repeats):
    ours, theirs = [], []
    for _ in range(repeats):
        took, peak = fourcast(program, path)
        ours.append(took)
        took, count = pandas(path)
        theirs.append(took)
    size = os.path.getsize(path) / 1e6
    mine, other = statistics.median(ours), statistics.median(theirs)
    # Seven numbers, a date and a line number a row.
    numbers = count * (7 * 8 + 8)
    print(
        f"| {os.path.basename(path)} | {size:.0f} | {count} | {size / mine:.0f} | {size / other:.0f} "
        f"| {other / mine:.2f} | {peak / 1e6:.0f} | {peak / numbers:.2f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/dist/fourcast")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--sizes", type=float, nargs="*", default=[100], help="megabytes of the files of many tickers")
    parser.add_argument("files", nargs="*", help="files of your own, with a column Date")
    args = parser.parse_args()
    print("| file | MB | rows | fourcast, MB/s | pandas, MB/s | fourcast / pandas | peak, MB | peak / numbers |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        single = os.path.join(folder, "one_series.csv")
        write_single(single, 5e6)
        compare(args.program, single, args.repeats)
        for size in args.sizes:
            path = os.path.join(folder, f"many_tickers_{size:g}.csv")
            write_long(path, size * 1e6)
            compare(args.program, path, args.repeats if size < 500 else 1)
            os.remove(path)
        for path in args.files:
            compare(args.program, path, args.repeats)


if __name__ == "__main__":
    main()
