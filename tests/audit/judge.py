"""Say what Prowler found: FAILs that nobody muted, and mutes that mute nothing or too much."""

import csv
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import yaml

#: How many resources a mute is about whose names are random ids and which have no tags.
COUNTS = {
    # Of six images in two regions.
    "ec2_ebs_snapshots_encrypted": 12,
}


def main(report: str, mutelist: str) -> int:
    """Print the findings; exit code 1 for any."""
    with Path(report).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    seen = Counter("MUTED" if row["MUTED"] == "True" else row["STATUS"] for row in rows)
    print(", ".join(f"{count} {status}" for status, count in sorted(seen.items())))
    fails = [row for row in rows if row["STATUS"] == "FAIL" and row["MUTED"] != "True"]
    for row in fails:
        print(f"FAIL {row['CHECK_ID']} {row['RESOURCE_UID']}: {row['STATUS_EXTENDED']}")
    wrong = _wrong(mutelist, rows)
    for line in wrong:
        print(f"{mutelist}: {line}")
    # A run in which nothing passes has not looked at our estate.
    looked = seen["PASS"] > 100
    if not looked:
        print("too few checks passed: was prod there?")
    return 1 if fails or wrong or not looked else 0


def _wrong(mutelist: str, rows: list[dict[str, str]]) -> list[str]:
    """What is wrong with the mutes themselves."""
    document = yaml.safe_load(Path(mutelist).read_text(encoding="utf-8"))
    checks = document["Mutelist"]["Accounts"]["*"]["Checks"]
    muted = defaultdict(set)
    for row in rows:
        if row["MUTED"] == "True":
            muted[row["CHECK_ID"]].add(row["RESOURCE_NAME"])
    lines = [
        f"mutes nothing, remove it: {check}: {resource}"
        for check, entry in checks.items()
        for resource in entry["Resources"]
        if not any(re.search(resource, name) for name in muted[check])
    ]
    # Prowler takes an entry's name for a part of the check's.
    lines += [f"muted by an entry of another name: {check}" for check in muted.keys() - checks]
    lines += [
        f"mutes {len(muted[check])} resources, not {count}: {check}"
        for check, count in COUNTS.items()
        if len(muted[check]) != count
    ]
    return sorted(lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
