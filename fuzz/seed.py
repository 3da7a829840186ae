"""Makes the fuzzer's initial corpus from the fixtures: the first rows of each, and a few in other encodings."""

import gzip
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/fixtures"
CORPUS = ROOT / "fuzz/corpus/reader"
LINES = 9

seeds = {}
for path in sorted((FIXTURES / "formats").iterdir()):
    if path.name not in ("EXPECTED.csv", "README.md"):
        seeds[path.name] = b"".join(path.read_bytes().splitlines(keepends=True)[:LINES])
layouts = (FIXTURES / "layouts.txt").read_text().split("=== ")[1:]
for layout in layouts:
    name, text = layout.split("\n", 1)
    seeds["layout_" + re.sub(r"\W+", "_", name).lower()] = text.encode()
# Of the others those that need special handling in the reader.
OTHERS = (
    "R write.table", "R xts print", "pandas print", "fixed text", "sqlite box", "Polars print", "SET in Thai",
    "Japanese eras", "SAS date numbers", "ISO weeks", "six digits", "ctime", "Tonghuashun", "Fed H.10", "carets",
    "Eastmoney volumes", "Turkish with lira",
)
for layout in (FIXTURES / "more_layouts.txt").read_text().split("=== ")[1:]:
    name, text = layout.split("\n", 1)
    name = name.split(" = ")[0]
    if name in OTHERS:
        seeds["layout_" + re.sub(r"\W+", "_", name).lower()] = text.encode()
yahoo = seeds["yahoo.csv"]
seeds["yahoo_utf16le"] = b"\xff\xfe" + yahoo.decode().encode("utf-16le")
seeds["yahoo_utf16be"] = yahoo.decode().encode("utf-16be")
seeds["yahoo_carriage_returns"] = yahoo.replace(b"\r", b"").replace(b"\n", b"\r")
seeds["yahoo.csv.gz"] = gzip.compress(yahoo, mtime=0)

CORPUS.mkdir(parents=True, exist_ok=True)
for name, seed in seeds.items():
    (CORPUS / name).write_bytes(seed)
