"""Datasets in the buckets: raw files as published, and the Parquet tables made from them.

A dataset's version is derived from its content: the same data have the same version, and nothing
is uploaded twice. All checks run before the first upload. ``datasets/<version>/manifest.json`` is
written after the tables, ``latest.json`` after the manifest.
"""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cardiology import checks, coverage
from cardiology.errors import CardiologyError
from cardiology.features import FEATURES, LABEL, SUPPLY, TABLE_NAMES, Tables, build_tables
from cardiology.sources import REAL, Kind, RawFile
from cardiology.store import MissingObjectError, S3Store

RAW, PROCESSED, LATEST = "raw_data", "processed_data", "latest.json"


@dataclass(frozen=True)
class Dataset:
    """A dataset read from the bucket: ``kind`` is real or synthetic, ``facts`` lists the gaps."""

    version: str
    kind: Kind
    tables: Tables
    facts: Mapping[str, Any]


def ingest(
    store: S3Store,
    raw: Mapping[str, RawFile],
    kind: Kind,
    say: Callable[[str], None],
    *,
    allow_incomplete: bool = False,
) -> dict[str, Any]:
    """Check the data, store the raw files and tables that are new; return a summary.

    Raises CardiologyError, with nothing stored, for data that contradict the list of counties, lack
    some of them (unless ``allow_incomplete``), or cannot be used for training.
    """
    gaps = checks.check(raw, allow_incomplete=allow_incomplete) if kind == REAL else []
    tables = build_tables(raw)
    facts = coverage.facts(raw, tables, gaps)
    version = _version(raw, tables, kind)
    say(f"{kind} data: {tables.counties.height} counties, {tables.edges.height} directed edges")
    for gap in gaps:
        say(f"incomplete, but allowed: {gap}")
    for area in facts["not_covered"]:
        say("not covered: {file} {fips} {county}, {state}: {reason}".format(**area))
    changes = [_store_raw(store, file, kind, say) for file in raw.values()]
    manifest = _existing(store, version)
    if manifest is None:
        manifest = _store_tables(store, version, tables, raw, kind, facts, say)
        changes.append(True)
    changes.append(_point_to(store, version, say))
    return {
        "changed": any(changes),
        "source": kind,
        "dataset_version": version,
        "edges": tables.edges.height,
        **facts,
        "not_covered_counts": coverage.counts(facts["not_covered"]),
        "raw": manifest["raw"],
        "processed": manifest["tables"],
    }


def load(store: S3Store, version: str | None) -> Dataset:
    """Read a dataset (None: the latest), each table checked against the manifest.

    Raises CardiologyError saying what is missing or corrupt.
    """
    version = version or _latest(store)
    try:
        manifest = store.get_json(PROCESSED, _manifest_key(version))
    except MissingObjectError as error:
        uri = store.uri(PROCESSED, "")
        raise CardiologyError(f"there is no dataset {version} in {uri}: ingest it first") from error
    try:
        entries = {item["name"]: (item["key"], item["sha256"]) for item in manifest["tables"]}
        files = {name: store.get(PROCESSED, *entries[name]) for name in TABLE_NAMES}
        kind = manifest["source"]
        facts = {name: manifest[name] for name in coverage.FACTS if name in manifest}
    except (KeyError, TypeError) as error:
        raise CardiologyError(
            f"the manifest of dataset {version} was not written by this package"
        ) from error
    tables = Tables(**_frames(files))
    missing = {LABEL, *FEATURES} - set(tables.counties.columns)
    missing |= set(SUPPLY) - set(tables.cardiology_providers.columns)
    if missing:
        raise CardiologyError(
            f"dataset {version} lacks {', '.join(sorted(missing))}: another release of this code "
            "made it, ingest the data again"
        )
    return Dataset(version, kind, tables, facts)


def _frames(files: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    frames = {}
    for name, data in files.items():
        try:
            frames[name] = pl.read_parquet(io.BytesIO(data))
        except pl.exceptions.PolarsError as error:
            raise CardiologyError(f"the table {name} is not a readable Parquet file") from error
    return frames


def _version(raw: Mapping[str, RawFile], tables: Tables, kind: Kind) -> str:
    """Hash the dataset's content, not the Parquet bytes: those differ between library releases."""
    digest = hashlib.sha256(kind.encode())
    for name, file in sorted(raw.items()):
        digest.update(f"{name}:{file.sha256}".encode())
    for name, table in tables.items():
        digest.update(f"{name}:{table.write_csv()}".encode())
    return digest.hexdigest()[:12]


def _store_raw(store: S3Store, file: RawFile, kind: Kind, say: Callable[[str], None]) -> bool:
    key = _raw_key(file)
    if store.holds(RAW, key, file.sha256) and store.holds(RAW, f"{key}.source.json"):
        return False
    say(f"uploading {store.uri(RAW, key)}")
    store.put(RAW, key, file.data)
    store.put_json(RAW, f"{key}.source.json", file.record(kind))
    return True


def _raw_key(file: RawFile) -> str:
    return f"{file.spec.name}/{file.sha256[:12]}/{file.spec.filename}"


def _existing(store: S3Store, version: str) -> dict[str, Any] | None:
    """Return the manifest if the dataset is complete, else None."""
    try:
        manifest = store.get_json(PROCESSED, _manifest_key(version))
    except MissingObjectError:
        return None
    whole = all(store.holds(PROCESSED, t["key"], t["sha256"]) for t in manifest["tables"])
    return manifest if whole else None


def _store_tables(
    store: S3Store,
    version: str,
    tables: Tables,
    raw: Mapping[str, RawFile],
    kind: Kind,
    facts: Mapping[str, Any],
    say: Callable[[str], None],
) -> dict[str, Any]:
    stored = []
    for name, table in tables.items():
        item = store.upload_dataframe(table, PROCESSED, f"datasets/{version}/{name}")
        say(f"stored {store.uri(PROCESSED, item.key)} ({table.height} rows)")
        stored.append({"name": name, "rows": table.height, **item.as_dict()})
    manifest = {
        "dataset_version": version,
        "source": kind,
        **facts,
        "raw": [
            {"key": _raw_key(file), "sha256": file.sha256, "bytes": len(file.data)}
            for file in raw.values()
        ],
        "tables": stored,
    }
    store.put_json(PROCESSED, _manifest_key(version), manifest)
    return manifest


def _point_to(store: S3Store, version: str, say: Callable[[str], None]) -> bool:
    try:
        if store.get_json(PROCESSED, LATEST).get("dataset_version") == version:
            return False
    except MissingObjectError:
        pass
    store.put_json(PROCESSED, LATEST, {"dataset_version": version})
    say(f"the latest dataset is now {version}")
    return True


def _latest(store: S3Store) -> str:
    uri = store.uri(PROCESSED, LATEST)
    try:
        version = store.get_json(PROCESSED, LATEST).get("dataset_version")
    except MissingObjectError as error:
        raise CardiologyError(f"there is no dataset yet ({uri} missing): ingest first") from error
    if not isinstance(version, str):
        raise CardiologyError(f"{uri} does not name a dataset")
    return version


def _manifest_key(version: str) -> str:
    return f"datasets/{version}/manifest.json"
