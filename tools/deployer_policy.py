#!/usr/bin/env python3
"""Print the IAM policies for deployers, or the permissions boundary for roles.

tools/deployer_policy.py > docs/deployer-policy.json
tools/deployer_policy.py --print-boundary > docs/boundary-policy.json
tools/deployer_policy.py --account 123456789012 --directory /tmp/policies
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "collections"))

from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import (
    LIMIT,
    Scope,
    boundary,
    documents,
    too_long,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import (
    RESERVED_ENVIRONMENTS,
)

ROOT = Path(__file__).resolve().parent.parent


def text_of(value: object) -> str:
    """JSON in the format of the committed file."""
    return json.dumps(value, indent=2) + "\n"


def shipped() -> list[str]:
    """The environments with a file in group_vars."""
    files = (path.stem for path in ROOT.glob("group_vars/*.yml"))
    return sorted(set(files) - set(RESERVED_ENVIRONMENTS))


def main() -> None:
    """Write the policies to standard output, or each one to a file."""
    default = Scope(environments=tuple(shipped()))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--account", default=default.account_id, help="the id of your account")
    parser.add_argument("--partition", default=default.partition)
    parser.add_argument("--project", default=default.project)
    parser.add_argument("--bucket-prefix", default="", help="s3_bucket_prefix, where you set one")
    parser.add_argument("--region", action="append", help="the home region first; may be repeated")
    parser.add_argument("--env", action="append", help="an environment; may be repeated")
    parser.add_argument("--boundary", default="", help="permissions_boundary, where you set one")
    parser.add_argument("--hardening", action="store_true", help="for account_hardening: true")
    parser.add_argument(
        "--print-boundary", action="store_true", help="print the document of the boundary instead"
    )
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
    long = [name for name, document in documents(scope).items() if too_long(document)]
    if long:
        sys.exit(
            f"IAM takes {LIMIT} characters in a policy, and these are longer: {', '.join(long)}. "
            "Write policies for fewer environments: name them with --env."
        )
    policies = {f"{scope.project}-deployer-{n}": d for n, d in documents(scope).items()}
    if given.directory is None:
        sys.stdout.write(text_of(boundary(scope) if given.print_boundary else policies))
        return
    policies[f"{scope.project}-boundary"] = boundary(scope)
    given.directory.mkdir(parents=True, exist_ok=True)
    for name, document in policies.items():
        (given.directory / f"{name}.json").write_text(text_of(document))
        print(given.directory / f"{name}.json")


if __name__ == "__main__":
    main()
