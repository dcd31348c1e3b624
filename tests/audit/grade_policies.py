"""Ask parliament and cloudsplaining about policies on stdin; findings as JSON on stdout.

Runs with the Python of .venv-audit/policy. In: `[{"name", "shape", "document"}]`. Out: one line of
text per finding. What is not a finding of ours is in MUTED, each with its reason.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")  # parliament still asks for pkg_resources

from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from parliament import analyze_policy_string  # noqa: E402

#: `(finding, part of the policy's name, reason)`.
MUTED = (
    (
        "RESOURCE_STAR",
        "kms_key/",
        "in a key's own policy * is that key",
    ),
    (
        "MISMATCHED_TYPE Type mismatch: ArnLike requires a value of type Arn but given String",
        "kms_key/main",
        "an encryption context is a string to KMS; CloudWatch Logs puts an ARN into its own, and "
        "its documentation asks for ArnLike",
    ),
    (
        "UNKNOWN_CONDITION_FOR_ACTION Unknown condition kms:EncryptionContext:aws:logs:arn",
        "kms_key/main",
        "one statement for all that CloudWatch Logs does with the key, as its documentation has it",
    ),
    (
        "MISMATCHED_TYPE_BUT_USABLE Type mismatch: StringNotEquals requires",
        "bucket/",
        "the key is named by its full ARN: nothing in it for an ARN operator to match",
    ),
    (
        "RESOURCE_MISMATCH",
        "vpc_endpoint/s3",
        "s3:* on our buckets is meant: what is not about a bucket stays shut",
    ),
    (
        "OLD_VERSION",
        "vpc_endpoint/",
        "interface endpoints have the policy that AWS gives them; roles decide",
    ),
    (
        "PERMISSIONS_MANAGEMENT_ACTIONS",
        "role/budget_action",
        "it attaches one policy, which only denies, to one role: that is what it is for",
    ),
    (
        "PERMISSIONS_MANAGEMENT_ACTIONS",
        "deployer/",
        "it makes roles, and policies of buckets, keys and topics: of our names only",
    ),
    (
        "PRIVILEGE_ESCALATION",
        "deployer/identity",
        "who makes roles can make a strong one; of our names only, and permissions_boundary, where "
        "it is set, bounds each",
    ),
    (
        "RESOURCE_STAR ['ec2:DescribeVpcAttribute']",
        "deployer/network",
        "a list like the others beside it",
    ),
    (
        "RESOURCE_STAR ['cloudwatch:DescribeAlarms']",
        "deployer/monitoring",
        "AWS leaves composite alarms out of the answer under anything narrower",
    ),
    (
        "RESOURCE_STAR ['ec2:DescribeInstanceAttribute']",
        "deployer/hosts",
        "a list like the others beside it",
    ),
)

#: What cloudsplaining calls a risk, in an identity's policy without limits.
RISKS = (
    "allows_privilege_escalation",
    "allows_data_exfiltration_actions",
    "permissions_management_without_constraints",
    "write_actions_without_constraints",
    "tagging_actions_without_constraints",
    "credentials_exposure",
    "service_wildcard",
)


def parliament(policy: dict) -> list[str]:
    """Malformed statements, unknown actions and keys, actions whose resources do not match."""
    statements = [_readable(one, policy["shape"]) for one in policy["document"]["Statement"]]
    document = json.dumps({**policy["document"], "Statement": statements})
    # Those of the community judge what an identity may do.
    risks = policy["shape"] == "identity"
    found = analyze_policy_string(document, include_community_auditors=risks).findings
    lines = set()
    for one in found:
        detail = one.detail
        if one.issue == "RESOURCE_MISMATCH":
            detail = [gap for gap in detail if _is_open(gap["action"], statements)]
            if not detail:
                continue
        lines.add(f"parliament: {one.issue} {detail}")
    return sorted(lines)


def _is_open(action: str, statements: list[dict]) -> bool:
    """Whether an action lacks one of the resources it needs in all statements taken together.

    parliament looks at each by itself; ours has one for what is made and one for what it is made
    in, because their conditions differ.
    """
    wanted = [one for one in statements if action in _list(one.get("Action"))]
    together = {
        "Effect": "Allow",
        "Action": action,
        "Resource": sorted({arn for one in wanted for arn in _list(one["Resource"])}),
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [together]})
    found = analyze_policy_string(document).findings
    return any(one.issue == "RESOURCE_MISMATCH" for one in found) or not wanted


def _list(value: object) -> list:
    return value if isinstance(value, list) else [value]


def _readable(statement: dict, shape: str) -> dict:
    """The statement as parliament can read it; IAM takes one of a thing for a list of one."""
    readable = {
        **statement,
        "Condition": {
            operator: {key: _single(value) for key, value in keys.items()}
            for operator, keys in statement.get("Condition", {}).items()
        },
    }
    if shape != "identity":  # it knows no principals, and judges everything else
        del readable["Principal"]
        readable.setdefault("Resource", "arn:aws:iam::*:role/*")
    return readable


def _single(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def cloudsplaining(policy: dict) -> list[str]:
    """Escalation, exfiltration, exposure, and changes without limits; of identities only."""
    if policy["shape"] != "identity":
        return []
    document = PolicyDocument(policy["document"])
    found = {risk: getattr(document, risk) for risk in RISKS}
    return [f"cloudsplaining: {risk} {what}" for risk, what in found.items() if what]


def main() -> None:
    """Grade every policy."""
    lines = []
    for policy in json.load(sys.stdin):
        for finding in parliament(policy) + cloudsplaining(policy):
            muted = any(m[0] in finding and m[1] in policy["name"] for m in MUTED)
            if not muted:
                lines.append(f"{policy['name']} ({policy['shape']}): {finding}")
    json.dump(lines, sys.stdout)


if __name__ == "__main__":
    main()
