"""Say what Prowler found: FAILs that nobody muted, and mutes that no longer mute anything."""

import csv
import fnmatch
import sys
from collections import Counter
from pathlib import Path

import yaml


def main(report: str, mutelist: str) -> int:
    """Print the findings; exit code 1 for any."""
    with Path(report).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    seen = Counter("MUTED" if row["MUTED"] == "True" else row["STATUS"] for row in rows)
    print(", ".join(f"{count} {status}" for status, count in sorted(seen.items())))
    fails = [row for row in rows if row["STATUS"] == "FAIL" and row["MUTED"] != "True"]
    for row in fails:
        print(f"FAIL {row['CHECK_ID']} {row['RESOURCE_UID']}: {row['STATUS_EXTENDED']}")
    needless = _needless(mutelist, rows)
    for check in needless:
        print(f"muted for nothing, remove it from {mutelist}: {check}")
    # A run in which nothing passes has not looked at our estate.
    looked = seen["PASS"] > 100
    if not looked:
        print("too few checks passed: was prod there?")
    return 1 if fails or needless or not looked else 0


def _needless(mutelist: str, rows: list[dict[str, str]]) -> list[str]:
    document = yaml.safe_load(Path(mutelist).read_text(encoding="utf-8"))
    muted = {row["CHECK_ID"] for row in rows if row["MUTED"] == "True"}
    checks = document["Mutelist"]["Accounts"]["*"]["Checks"]
    return sorted(check for check in checks if not fnmatch.filter(muted, check))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
