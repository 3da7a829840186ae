"""Data frames of pandas and polars: into csv, and back from json.

Neither library is needed to import this module: a frame comes from one that is imported already.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Union

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    PandasInput = Union[pd.DataFrame, pd.Series[Any]]
    PolarsInput = Union[pl.DataFrame, pl.LazyFrame]
    AnyInput = Union[PandasInput, PolarsInput]
    AnyFrame = Union[pd.DataFrame, pl.DataFrame]

#: Columns of results that are dates.
DATES = ("origin", "date", "first_date", "last_date")
#: Columns of results that are texts, where all of their values are missing.
TEXTS = ("trained_on", "error", "warnings", "finding", "reason")


@dataclass(frozen=True)
class Written:
    """A frame, written as a csv file."""

    #: The library that it is of, whose frames the results are to be.
    library: str
    #: Lines before its first row.
    header_lines: int


def is_frame(value: object) -> bool:
    """Whether a value is a frame of one of the libraries, or a series of pandas."""
    return _is_of_pandas(value) or _is_of_polars(value)


def write(frame: AnyInput, path: Path) -> Written:
    """Writes a frame as a csv file."""
    if _is_of_pandas(frame):
        return _write_pandas(frame, path)
    if _is_of_polars(frame):
        return _write_polars(frame, path)
    raise TypeError(f"expected a data frame of pandas or polars, got {type(frame).__name__}")


def read(path: Path, library: str) -> AnyFrame:
    """Reads a csv file of the program: texts in ``series``, days in ``date`` and ``origin``, else numbers."""
    if library == "pandas":
        import pandas as pd

        frame = pd.read_csv(path, dtype={"series": str})
        dates = [name for name in DATES if name in frame.columns]
        return frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})
    import polars as pl

    texts = pl.read_csv(path, infer_schema=False)
    numbers = [name for name in texts.columns if name not in ("series", *DATES)]
    dates = [name for name in texts.columns if name in DATES]
    casts = [pl.col(name).cast(pl.Float64) for name in numbers] + [pl.col(name).str.to_date() for name in dates]
    return texts.with_columns(casts)


def made(rows: Sequence[Dict[str, Any]], library: str) -> AnyFrame:
    """The frame of the results ``rows``: the columns of the longest, and then those that only others have."""
    longest = max(rows, key=len)
    names = list(dict.fromkeys([*longest, *(name for row in rows for name in row)]))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return _made_pandas(columns) if library == "pandas" else _made_polars(columns)


def _made_pandas(columns: Dict[str, List[Any]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(columns)
    for name, values in columns.items():
        if name in DATES:
            frame[name] = pd.to_datetime(frame[name])
        elif name not in TEXTS and all(value is None for value in values):
            frame[name] = frame[name].astype("float64")
    return frame


def _made_polars(columns: Dict[str, List[Any]]) -> pl.DataFrame:
    import polars as pl

    # Whole numbers and others may share a column.
    frame = pl.DataFrame(columns, strict=False, infer_schema_length=None)
    for name, kind in frame.schema.items():
        if name in DATES:
            frame = frame.with_columns(pl.col(name).cast(pl.String).str.to_date())
        elif kind == pl.Null:
            frame = frame.with_columns(pl.col(name).cast(pl.String if name in TEXTS else pl.Float64))
    return frame


def _is_of_pandas(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series))


def _is_of_polars(value: object) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, (polars.DataFrame, polars.LazyFrame))


def _write_pandas(given: Any, path: Path) -> Written:
    import pandas as pd

    frame: pd.DataFrame = given.copy(deep=False)
    if given.ndim == 1:
        frame = given.to_frame("close" if given.name is None else given.name)
    # An index that is a column too is written once.
    has_index = not _counts_rows(frame.index) and not any(name in frame.columns for name in frame.index.names)
    if has_index:
        frame.index = frame.index.set_names(_level_names(frame.index))
    frame.to_csv(path, index=has_index)
    # Under several rows of names stands one with the names of the index.
    below = 1 if frame.columns.nlevels > 1 and has_index else 0
    return Written("pandas", frame.columns.nlevels + below)


def _counts_rows(index: pd.Index[Any]) -> bool:
    """Whether an index only numbers the rows, all of them or those that are left of them."""
    import pandas as pd

    return index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index.dtype)


def _level_names(index: pd.Index[Any]) -> List[str]:
    """Names for the levels of an index: days are ``date`` unless they have a name, other levels ``ticker``."""
    import pandas as pd

    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    is_date = [isinstance(level, (pd.DatetimeIndex, pd.PeriodIndex)) for level in levels]
    # Days as text, or as objects.
    if not any(is_date):
        is_date[0 if len(levels) == 1 else -1] = True
    names = ["date" if date else "ticker" for date in is_date]
    return [new if old is None else str(old) for old, new in zip(index.names, names)]


def _write_polars(given: Any, path: Path) -> Written:
    import polars as pl

    frame: pl.DataFrame = given.collect() if isinstance(given, pl.LazyFrame) else given
    frame.write_csv(path)
    return Written("polars", 1)
