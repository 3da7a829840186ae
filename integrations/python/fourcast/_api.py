"""The functions of the package: ``train``, ``predict``, ``backtest`` and ``load``."""

from __future__ import annotations

import csv
import datetime
import io
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Literal, Mapping, Optional, Sequence, Union, cast, overload

from . import _frames
from ._program import DONE, FAILED, Answer, Error, Failure, Place, Row, run, warn

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ._frames import AnyFrame, AnyInput, PandasInput, PolarsInput

#: A price or a level, or several.
Numbers = Union[float, Sequence[float]]
#: What to do about series that failed where others did not.
Errors = Literal["column", "raise"]
#: A file.
File = Union[str, "os.PathLike[str]"]

#: Options that would change what is read here.
RESERVED = ("color", "format", "help", "output", "quiet", "shard", "verbose", "version")


@dataclass(frozen=True)
class Model:
    """A model file."""

    #: The file.
    path: Path
    #: What ``fourcast inspect`` says of it: configuration, scalers, calibration, training, tensors.
    card: Mapping[str, Any] = field(repr=False)
    #: The summary of the fit and of its test by ``train``; None for a model that was loaded.
    summary: Optional[Mapping[str, Any]] = field(default=None, repr=False)

    def __fspath__(self) -> str:
        return str(self.path)

    @overload
    def predict(self, df: PandasInput, **options: Any) -> pd.DataFrame: ...
    @overload
    def predict(self, df: PolarsInput, **options: Any) -> pl.DataFrame: ...
    def predict(self, df: AnyInput, **options: Any) -> AnyFrame:
        """Forecasts with this model; the options are those of :func:`predict`."""
        return cast("AnyFrame", predict(cast(Any, df), self, **options))

    def backtest(self, df: AnyInput, **options: Any) -> Backtest:
        """Tests this model on days after those that it was trained on; the options are those of :func:`backtest`."""
        return backtest(df, self, **options)


@dataclass(frozen=True)
class Backtest:
    """The results of a backtest."""

    #: A row for each series and forecaster, the model first: its errors and the coverage of its intervals.
    scores: Any
    #: A row for each series, baseline and quantity (price or distribution): the finding and the tests behind it.
    verdict: Any
    #: A row for each series and test day, if they were asked for.
    forecasts: Any
    #: The objects of ``fourcast backtest --format json``, one a series.
    results: List[Row] = field(repr=False)
    #: The series that failed.
    failures: List[Failure]
    #: Whether the skill that ``require_skill`` asks for was shown; none where it was not asked for.
    passed: Optional[bool]


@overload
def predict(
    df: PandasInput,
    model: Optional[Union[Model, File]] = None,
    *,
    horizon: Optional[int] = None,
    path: Optional[int] = None,
    levels: Optional[Numbers] = None,
    quantiles: Optional[Numbers] = None,
    above: Optional[Numbers] = None,
    below: Optional[Numbers] = None,
    name: str = "prices",
    errors: Errors = "column",
    **options: Any,
) -> pd.DataFrame: ...
@overload
def predict(
    df: PolarsInput,
    model: Optional[Union[Model, File]] = None,
    *,
    horizon: Optional[int] = None,
    path: Optional[int] = None,
    levels: Optional[Numbers] = None,
    quantiles: Optional[Numbers] = None,
    above: Optional[Numbers] = None,
    below: Optional[Numbers] = None,
    name: str = "prices",
    errors: Errors = "column",
    **options: Any,
) -> pl.DataFrame: ...
def predict(
    df: AnyInput,
    model: Optional[Union[Model, File]] = None,
    *,
    horizon: Optional[int] = None,
    path: Optional[int] = None,
    levels: Optional[Numbers] = None,
    quantiles: Optional[Numbers] = None,
    above: Optional[Numbers] = None,
    below: Optional[Numbers] = None,
    name: str = "prices",
    errors: Errors = "column",
    **options: Any,
) -> AnyFrame:
    """Forecasts the close of the next session of each series, one row per series.

    ``model`` is a :class:`Model` or a file; without one the networks pretrained on simulated markets forecast.
    ``horizon`` is another day ahead, ``path`` each of this many days. ``levels`` are those of the intervals,
    ``quantiles`` levels of quantiles, ``above`` and ``below`` prices whose probabilities are wanted. ``name`` is that
    of a series without one. Further options are those of ``fourcast predict``, with ``_`` in the place of ``-``.

    For several series the columns ``error`` and ``warnings`` say what is wrong with each. ``errors="raise"`` raises
    :class:`Error` if one failed; if all failed it is raised in any case.
    """
    which: Dict[str, Any] = {} if model is None else {"model": os.fspath(model)}
    if model is None and "models" not in options:
        which = {"pretrained": True}
    asked = {"horizon": horizon, "path": path, "levels": levels, "quantiles": quantiles, "above": above, "below": below}
    with _Call("predict", df, name, {**which, **asked, **options}) as call:
        return _frames.made(_rows_of(call.run(errors)), call.library)


def train(
    df: AnyInput,
    model: File = "model.safetensors",
    *,
    name: str = "prices",
    errors: Errors = "column",
    **options: Any,
) -> Model:
    """Fits one model to all series of a frame, and writes it to the file ``model``.

    Options are those of ``fourcast train``, with ``_`` in the place of ``-``. A series that cannot be trained on is
    left out with a warning; with ``errors="raise"`` it is an :class:`Error`, and the model of the others is there.
    """
    if options.get("each"):
        raise TypeError("train(each=...): it makes many models; train each series in a call of its own")
    with _Call("train", df, name, {"model": os.fspath(model), **options}) as call:
        answer = call.run(errors)
    return Model(Path(model), load(model).card, answer.rows[-1])


def backtest(
    df: AnyInput,
    model: Optional[Union[Model, File]] = None,
    *,
    forecasts: bool = False,
    name: str = "prices",
    errors: Errors = "column",
    **options: Any,
) -> Backtest:
    """Walks forward over the last days of each series and compares the forecasts with those of baselines.

    With ``model`` that model is tested as it is, otherwise networks are fitted again on the way. ``forecasts=True``
    keeps the forecast of each day. Options are those of ``fourcast backtest``, with ``_`` in the place of ``-``.
    """
    which = {} if model is None else {"model": os.fspath(model)}
    with _Call("backtest", df, name, {**which, **options}) as call:
        days = call.folder / "days.csv"
        keeps = forecasts or "forecasts_of" in options
        answer = call.run(errors, {"forecasts": str(days)} if keeps else {})
        asked = options.get("require_skill") is not None
        return Backtest(
            scores=_frames.made([row for result in answer.rows for row in _scores(result)], call.library),
            verdict=_frames.made([row for result in answer.rows for row in _verdict(result)], call.library),
            forecasts=_frames.read(days, call.library) if keeps else None,
            results=answer.rows,
            failures=answer.failures,
            passed=answer.code == DONE if asked else None,
        )


def load(path: File) -> Model:
    """Reads the card of a model file, and checks the file."""
    file = Path(path)
    card = run(["inspect", "--format=json", "--", str(file)]).rows[0]
    # inspect reads files of prices too.
    if "format_version" not in card:
        text = f"{file}: a file of prices, expected a model"
        raise Error([Failure(None, text, "pass the file that fourcast.train has written", None)], FAILED)
    return Model(file, card)


class _Call:
    """A call of the program for a frame, which is a file in a folder of its own meanwhile."""

    def __init__(self, subcommand: str, df: AnyInput, name: str, options: Mapping[str, Any]) -> None:
        for option in options:
            if option in RESERVED:
                raise TypeError(f"{subcommand}({option}=...): this option is set by the module")
        if not name or "/" in name or os.sep in name or "\0" in name:
            raise ValueError(f"name={name!r}: expected the name of a series, which is a part of a file's name")
        self._subcommand, self._options = subcommand, options
        self._temporary = tempfile.TemporaryDirectory(prefix="fourcast-")
        self.folder = Path(self._temporary.name)
        try:
            path = self.folder / f"{name}.csv"
            self._written = _frames.write(df, path)
        except BaseException:
            self._temporary.cleanup()
            raise
        self._places = [Place(path, name, self._written.header_lines + 1)]
        self.library = self._written.library

    def __enter__(self) -> _Call:
        return self

    def __exit__(self, *exception: object) -> None:
        self._temporary.cleanup()

    def run(self, errors: Errors, more: Mapping[str, Any] = {}) -> Answer:
        """Runs it. With ``errors="raise"`` one series that failed is an error."""
        if errors not in ("column", "raise"):
            raise ValueError(f"errors={errors!r}: expected 'column' or 'raise'")
        options = {**self._options, **more}
        # Of two frames the second, of dates known ahead, is a file too.
        events = options.get("events")
        if _frames.is_frame(events):
            # In a folder of its own: the prices may have that name too.
            path = self.folder / "ahead" / "events.csv"
            path.parent.mkdir(exist_ok=True)
            options["events"] = path
            written = _frames.write(cast(Any, events), path)
            self._places = [self._places[0], Place(path, "events", written.header_lines + 1)]
        typed = [argument for name, value in options.items() for argument in _argument(name, value)]
        answer = run([self._subcommand, "--format=json", *typed, "--", str(self._places[0].path)], self._places)
        if answer.failures and (errors == "raise" or not answer.rows):
            raise Error(answer.failures, answer.code)
        if answer.failures:
            failed = answer.failures[0]
            count = f"{len(answer.failures)} of {len(answer.failures) + len(answer.rows)}"
            count = str(len(answer.failures)) if self._subcommand == "train" else count
            warn(f"{count} series failed, first {failed.series}: {failed.message}")
        return answer


def _argument(name: str, value: Any) -> List[str]:
    """An option as it is typed; none for one that is not set."""
    option = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [option]
    return [f"{option}={_text(value)}"]


def _text(value: Any) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, Iterable):
        return _list(value)
    return str(value)


def _list(values: Iterable[Any]) -> str:
    """Values with commas between them, quoted where they have some themselves."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_text(value) for value in values])
    return line.getvalue()


def _rows_of(answer: Answer) -> List[Row]:
    """The rows of forecasts, with columns for errors and warnings where there are several series."""
    names = {item.series if isinstance(item, Failure) else item["series"] for item in answer.items}
    return [_row_of(item, len(names) > 1) for item in answer.items]


def _row_of(item: Union[Row, Failure], is_one_of_several: bool) -> Row:
    if isinstance(item, Failure):
        return {"series": item.series, "error": item.message}
    row = {name: value for name, value in item.items() if name != "warnings"}
    if is_one_of_several:
        row.update(error=None, warnings="\n".join(item.get("warnings", [])) or None)
    return row


def _scores(result: Row) -> List[Row]:
    rows = []
    for scores in [result["scores"], *result["baselines"].values()]:
        row: Row = {"series": result["series"], "forecaster": scores["name"], "test_days": result["test_days"]}
        row.update((name, scores[name]) for name in ("rmse", "mae", "mase", "smape", "crps", "pinball"))
        row["direction"] = (scores["direction"] or {}).get("rate")
        for level in scores["levels"]:
            per_cent = f"{100 * level['all']['level']:g}"
            row.update((f"{what}_{per_cent}", level["all"][what]) for what in ("coverage", "width", "winkler"))
        for event in result.get("brier", []):
            of = event["model"] if scores is result["scores"] else event["baselines"][scores["name"]]
            row[f"brier_{event['event']}"] = of["score"]
            row[f"mean_probability_{event['event']}"] = of["mean_probability"]
        rows.append(row)
    return rows


def _verdict(result: Row) -> List[Row]:
    rows = []
    for against in result["verdict"]["against"]:
        for quantity in ("price", "distribution"):
            finding: Dict[str, Any] = against[quantity]
            skill, test = finding["skill"] or {}, finding["test"] or {}
            row: Row = {"series": result["series"], "baseline": against["baseline"], "quantity": quantity}
            row.update(finding=finding["finding"], reason=finding["reason"], skill=skill.get("value"))
            row.update(lower=skill.get("lower"), upper=skill.get("upper"), p_value=test.get("p_value"))
            rows.append(row)
    return rows
