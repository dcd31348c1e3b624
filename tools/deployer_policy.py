#!/usr/bin/env python3
"""Print what the person who deploys must be allowed, as IAM policies.

tools/deployer_policy.py > docs/deployer-policy.json
tools/deployer_policy.py --account 123456789012 --directory /tmp/policies
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "collections"))

from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import (
    Scope,
    documents,
)


def text_of(value: object) -> str:
    """JSON as in the committed file."""
    return json.dumps(value, indent=2) + "\n"


def main() -> None:
    """Write the policies to standard output, or each into a file."""
    default = Scope()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--account", default=default.account_id, help="the id of your account")
    parser.add_argument("--partition", default=default.partition)
    parser.add_argument("--project", default=default.project)
    parser.add_argument("--bucket-prefix", default="", help="s3_bucket_prefix, where you set one")
    parser.add_argument("--region", action="append", help="the home region first; may be repeated")
    parser.add_argument("--env", action="append", choices=default.environments)
    parser.add_argument("--boundary", default="", help="permissions_boundary, where you set one")
    parser.add_argument("--hardening", action="store_true", help="for account_hardening: true")
    parser.add_argument("--directory", type=Path, help="one file per policy, ready for IAM")
    given = parser.parse_args()
    scope = Scope(
        account_id=given.account,
        partition=given.partition,
        project=given.project,
        bucket_prefix=given.bucket_prefix,
        regions=tuple(given.region or default.regions),
        environments=tuple(given.env or default.environments),
        boundary=given.boundary,
        hardening=given.hardening,
    )
    policies = {f"{scope.project}-deployer-{n}": d for n, d in documents(scope).items()}
    if given.directory is None:
        sys.stdout.write(text_of(policies))
        return
    given.directory.mkdir(parents=True, exist_ok=True)
    for name, document in policies.items():
        (given.directory / f"{name}.json").write_text(text_of(document))
        print(given.directory / f"{name}.json")


if __name__ == "__main__":
    main()
