"""Read a published CSV file strictly: every error gives file, line and value."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from cardiology.errors import CardiologyError


@dataclass(frozen=True)
class Column:
    """A column of numbers: its bounds (inclusive) and the share of counties that must have it."""

    name: str
    low: float
    high: float
    known: float = 0.98
    whole: bool = False

    def parse(self, text: str) -> float | None:
        """Return the number, None for a blank; raise ValueError for anything else."""
        if not text.strip():
            return None
        number = float(text)
        if not self.low <= number <= self.high or (self.whole and not number.is_integer()):
            raise ValueError(text)
        return number

    @property
    def expected(self) -> str:
        """The description of a valid value."""
        return f"a {'whole ' if self.whole else ''}number from {self.low:,g} to {self.high:,g}"


def read_csv(
    filename: str, data: bytes, text: Sequence[str], numbers: Sequence[Column]
) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """Return the wanted columns as a table, and the line number of each of its rows.

    Blank lines are skipped; columns whose names begin with "fips" must hold county codes.
    Raises CardiologyError.
    """
    header, rows = _rows(filename, data)
    _check_header(filename, header, [*text, *(column.name for column in numbers)])
    if not rows:
        raise CardiologyError(f"{filename} has a header but no rows")
    table: dict[str, list[str] | list[float | None]] = {}
    for name in text:
        table[name] = _texts(filename, name, _values(header, rows, name))
    for column in numbers:
        table[column.name] = _numbers(filename, column, _values(header, rows, column.name))
    schema = dict.fromkeys(text, pl.String) | {c.name: pl.Float64 for c in numbers}
    return pl.DataFrame(table, schema=schema), tuple(line for line, _ in rows)


def first_of(faults: Sequence[str]) -> str:
    """Return the first of several faults and how many more there are."""
    more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def _rows(filename: str, data: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and (line number, fields) of every row that is not blank."""
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CardiologyError(f"{filename} line {line} is not UTF-8 text") from error
    if match := re.search(r"[\x00-\x08\x0e-\x1f\x7f]", content):
        line = content.count("\n", 0, match.start()) + 1
        raise CardiologyError(
            f"{filename} line {line} holds the control character {match.group()!r}: "
            "the file is damaged"
        )
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise CardiologyError(
            f"{filename} line {reader.line_num} is not readable CSV: {error}"
        ) from error
    if not rows:
        raise CardiologyError(f"{filename} is empty")
    header = [name.strip() for name in rows[0][1]]
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise CardiologyError(
                f"{filename} line {line} has {len(row)} fields, the header has {len(header)}: "
                "is the file cut off?"
            )
    return header, rows[1:]


def _check_header(filename: str, header: Sequence[str], wanted: Sequence[str]) -> None:
    doubles = sorted({name for name in header if name and header.count(name) > 1})
    if doubles:
        raise CardiologyError(f"{filename} has more than one column {', '.join(doubles)}")
    missing = [name for name in wanted if name not in header]
    if missing:
        raise CardiologyError(f"{filename} lacks the column(s) {', '.join(missing)}")


def _values(
    header: Sequence[str], rows: Iterable[tuple[int, list[str]]], name: str
) -> list[tuple[int, str]]:
    at = header.index(name)
    return [(line, row[at]) for line, row in rows]


def _texts(filename: str, name: str, values: list[tuple[int, str]]) -> list[str]:
    # Codes are always text: as numbers they would lose their leading zeros.
    if name.startswith("fips"):
        bad = [
            f"{filename} line {line}: {name} is {value!r} where a five-digit county code is "
            "expected (are the leading zeros lost?)"
            for line, value in values
            if not re.fullmatch(r"[0-9]{5}", value)
        ]
        if bad:
            raise CardiologyError(first_of(bad))
    return [value.strip() for _, value in values]


def _numbers(filename: str, column: Column, values: list[tuple[int, str]]) -> list[float | None]:
    parsed: list[float | None] = []
    bad = []
    for line, value in values:
        try:
            parsed.append(column.parse(value))
        except ValueError:
            bad.append(
                f"{filename} line {line}: {column.name} is {value!r} where {column.expected} "
                "is expected"
            )
    if bad:
        raise CardiologyError(first_of(bad))
    return parsed
