"""Compares the forecasts of docs/recompute.py with those of fourcast: recompute.py FOURCAST DOCS NAME..., each NAME with a
file NAME.csv and a model NAME.safetensors in the current folder."""

import json
import subprocess
import sys

program, docs, *names = sys.argv[1:]
sys.path.insert(0, docs)
import recompute

LEVELS = [0.5, 0.9, 0.98]
LIMIT = 1e-6

for name in names:
    model = recompute.Model(f"{name}.safetensors")
    several = len(model.output_horizons) > 1
    days = [1, 2, 4, 5, 7, 20, 30] if several else model.output_horizons
    forecasts = model.forecast(recompute.read_prices(f"{name}.csv"), days, LEVELS)
    farthest = 0.0
    for day, (median, ends) in zip(days, forecasts):
        levels = ",".join(map(str, LEVELS))
        command = [program, "predict", f"{name}.csv", "-m", f"{name}.safetensors", "-q", "--format", "json"]
        command += ["--horizon", str(day), "--levels", levels]
        printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        mine = {"forecast": median}
        for level, (lower, upper) in zip(LEVELS, ends):
            mine[f"lower_{100 * level:g}"], mine[f"upper_{100 * level:g}"] = lower, upper
        for key, value in mine.items():
            difference = abs(value / printed[key] - 1.0)
            farthest = max(farthest, difference)
            if not difference < LIMIT:
                sys.exit(f"{name}, {day} days ahead: {key} is {value} here, {printed[key]} of fourcast")
    print(f"{name}: {len(model.config['inputs'])} inputs, days {days}: differs by at most {farthest:.1e}")
