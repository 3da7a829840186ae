"""The program: where it is, how it is started, and what its messages mean."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

#: The environment variable that names another program.
VARIABLE = "FOURCAST"

#: Exit codes of the program.
DONE, FAILED, USAGE, GATE, SOME_FAILED = 0, 1, 2, 3, 4

#: A result, as a line of json has it.
Row = Dict[str, Any]
#: A message and its help.
Message = Tuple[str, Optional[str]]


@dataclass(frozen=True)
class Failure:
    """A series that failed."""

    #: The series.
    series: Optional[str]
    #: What is wrong, with its place.
    message: str
    #: What to do about it.
    help: Optional[str]
    #: The position of the row at fault, as ``iloc`` of pandas counts.
    row: Optional[int]


class Error(Exception):
    """The program failed."""

    def __init__(self, failures: Sequence[Failure], code: int) -> None:
        self.failures = list(failures)
        self.code = code
        first = self.failures[0]
        self.message, self.help, self.series, self.row = first.message, first.help, first.series, first.row
        more = len(self.failures) - 1
        others = f" (and {more} more series failed)" if more else ""
        super().__init__(f"{first.message}{others}" + (f"\n  help: {first.help}" if first.help else ""))

    def __reduce__(self) -> Tuple[type, Tuple[List[Failure], int]]:
        return type(self), (self.failures, self.code)


class UsageError(Error):
    """Options that the program does not have, or that do not go together."""


class FourcastWarning(UserWarning):
    """A warning of the program."""


def program() -> Path:
    """The path of the program.

    That of the environment variable ``FOURCAST``, else the one that the package has installed, else the first on
    ``PATH``.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    name = "fourcast" + (sysconfig.get_config_var("EXE") or "")
    for folder in _script_folders():
        if (folder / name).is_file():
            return folder / name
    found = shutil.which("fourcast")
    if found is None:
        text = "the program fourcast is not installed beside this interpreter and is not on PATH"
        raise Error([Failure(None, text, f"install the package again, or set {VARIABLE} to its path", None)], FAILED)
    return Path(found)


def _script_folders() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts"))
    user = f"{os.name}_user"
    if user in sysconfig.get_scheme_names():
        yield Path(sysconfig.get_path("scripts", scheme=user))
    # pip install --target FOLDER
    yield Path(__file__).parent.parent / "bin"


@dataclass(frozen=True)
class Answer:
    """What the program answered."""

    #: The objects of json in their order, with a failure in the place of each series that failed.
    items: List[Union[Row, Failure]]
    code: int

    @property
    def rows(self) -> List[Row]:
        """The objects of json, without those of series that failed."""
        return [item for item in self.items if not isinstance(item, Failure)]

    @property
    def failures(self) -> List[Failure]:
        """The series that failed."""
        return [item for item in self.items if isinstance(item, Failure)]


@dataclass(frozen=True)
class Place:
    """A frame as a file, which messages name."""

    path: Path
    #: How messages are to name it.
    name: str
    #: The line of the file at which its first row stands.
    first_line: int

    def shown(self, line: Optional[str]) -> str:
        """The place that a message names, with a line of the file or none."""
        if line is None:
            return self.name
        row = self.row(line)
        return f"{self.name}: row {row}" if row >= 0 else f"{self.name}: the header"

    def row(self, line: str) -> int:
        """The row of the frame at a line of the file."""
        return int(line) - self.first_line


def renamed(message: str, places: Sequence[Place]) -> Tuple[str, Optional[int]]:
    """The message with rows of frames in the place of lines of files, and the row at fault of the first frame."""
    by_path = {str(place.path): place for place in places}
    if not by_path:
        return message, None
    path = "(" + "|".join(map(re.escape, by_path)) + r")(?::(\d+))?"
    named = [(by_path[found[1]], found[2]) for found in re.finditer(path, message)]
    at_fault = [place.row(line) for place, line in named if line is not None and place == places[0]]

    def of_lines(found: re.Match[str]) -> str:
        # Lines without a file are those of the file that the message begins with.
        place = named[0][0] if named else places[0]
        rows = re.sub(r"\d+", lambda line: str(place.row(line[0])), found[2])
        return f"row{found[1]} {rows}"

    text = re.sub(path, lambda found: by_path[found[1]].shown(found[2]), message)
    # 'lines 4, 5, 7 and 194 more': the last number is not a line.
    text = re.sub(r"\bline(s?) (\d+(?:, \d+| to \d+| and \d+(?! more))*)", of_lines, text)
    return text, at_fault[0] if at_fault and at_fault[0] >= 0 else None


def run(arguments: Sequence[str], places: Sequence[Place] = ()) -> Answer:
    """Runs the program and reads the json that it prints; its warnings become those of Python.

    Raises :class:`Error` if there is no result.
    """
    done = _start(arguments)
    errors, warned = _messages(done.stderr)
    if done.returncode not in (DONE, GATE, SOME_FAILED):
        _fail(done, errors, places)
    rows: List[Row] = [json.loads(line) for line in done.stdout.splitlines()]
    for text, hint in warned:
        warn(renamed(text, places)[0] + (f"\n  help: {hint}" if hint else ""))
    return Answer([_failure_of(row, places) if "error" in row else row for row in rows], done.returncode)


def warn(text: str) -> None:
    """A warning at the line that called this package."""
    warnings.warn(text, FourcastWarning, stacklevel=_callers_level())


def _start(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [str(program()), *arguments]
    # Messages are read here, so they are not to be coloured.
    environment = {**os.environ, "NO_COLOR": "1"}
    try:
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, encoding="utf-8"
        )
    except OSError as error:
        text = f"{command[0]} cannot be started: {error.strerror}"
        raise Error([Failure(None, text, f"set {VARIABLE} to the path of the program", None)], FAILED) from error


def _failure_of(row: Row, places: Sequence[Place]) -> Failure:
    """The series of a row with an error."""
    return _failure(row["series"], (row["error"], row.get("help")), places)


def _failure(series: Optional[str], message: Message, places: Sequence[Place]) -> Failure:
    """A failure whose place is named."""
    text, row = renamed(message[0], places)
    return Failure(series, text, message[1], row)


def _fail(done: subprocess.CompletedProcess[str], errors: List[Message], places: Sequence[Place]) -> None:
    if done.returncode == USAGE:
        raise UsageError([_usage(done.stderr)], USAGE)
    rows: List[Row] = []
    if done.stdout.startswith("{"):
        rows = [row for row in map(json.loads, done.stdout.splitlines()) if "error" in row]
    failures = [_failure_of(row, places) for row in rows] or [_failure(None, message, places) for message in errors]
    if not failures:
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        failures = [Failure(None, f"fourcast ended with {ended}", done.stderr.strip() or None, None)]
    raise Error(failures, done.returncode)


def _usage(text: str) -> Failure:
    """A message about the command line, whose later lines say what to do."""
    message, _, rest = text.strip().partition("\n")
    tips = [line.strip() for line in rest.partition("Usage:")[0].splitlines() if line.strip()]
    tips = [re.sub(r"^(tip|help): ", "", tip) for tip in tips]
    return Failure(None, re.sub("^error: ", "", message), "\n".join(tips) or None, None)


def _messages(text: str) -> Tuple[List[Message], List[Message]]:
    """Errors and warnings on standard error, each with its help. Outside a terminal each is one line."""
    errors: List[Message] = []
    warned: List[Message] = []
    latest: Optional[List[Message]] = None
    for line in text.splitlines():
        kind, _, rest = line.partition(": ")
        if kind in ("error", "warning"):
            latest = errors if kind == "error" else warned
            latest.append((rest, None))
        elif kind == "  help" and latest:
            latest[-1] = (latest[-1][0], rest)
    return errors, warned


def _callers_level() -> int:
    """The level of the first call that is not in this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        level, frame = level + 1, frame.f_back
    return level
