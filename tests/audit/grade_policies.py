"""Ask parliament and cloudsplaining about policies on stdin; findings as JSON on stdout.

Runs with the Python of .venv-audit/policy. In: `[{"name", "shape", "document"}]`; the first word of
a name is where the policy hangs. Out: one line of text per finding, and per entry of MUTED that
mutes nothing.
"""

import json
import sys
import warnings
from dataclasses import dataclass
from fnmatch import fnmatchcase

warnings.filterwarnings("ignore")  # parliament still asks for pkg_resources

from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from parliament import analyze_policy_string  # noqa: E402


@dataclass(frozen=True)
class Mute:
    """What is no finding of ours, and why. Both are patterns, matched as a whole."""

    policy: str
    #: parliament's word, the statement's Sid where it says which, and one action or other detail.
    finding: str
    reason: str


OWN_KEY = "in a key's own policy * is that key"
CREATED = "of our names only, and permissions_boundary, where it is set, bounds each role"
MUTED = (
    Mute("kms_key/main", "RESOURCE_STAR *", OWN_KEY),
    Mute("kms_key/replica", "RESOURCE_STAR *", OWN_KEY),
    Mute(
        "kms_key/main",
        "MISMATCHED_TYPE LogGroups *: ArnLike requires a value of type Arn but given String",
        "an encryption context is a string to KMS; CloudWatch Logs puts an ARN into its own, and "
        "its documentation asks for ArnLike",
    ),
    Mute(
        "kms_key/main",
        "UNKNOWN_CONDITION_FOR_ACTION LogGroups * kms:EncryptionContext:aws:logs:arn for action "
        "kms:DescribeKey",
        "one statement for all that CloudWatch Logs does with the key, as its documentation has it",
    ),
    Mute(
        "bucket/*",
        "MISMATCHED_TYPE_BUT_USABLE OnlyOurKey *: StringNotEquals requires *",
        "the key is named by its full ARN: nothing in it for an ARN operator to match",
    ),
    *(
        Mute(
            "vpc_endpoint/s3",
            f"RESOURCE_MISMATCH OurBuckets * needs {what}",
            "s3:* on our buckets and objects is meant: what is about anything else stays shut",
        )
        for what in (
            *("*:access-grants/*", "*:accesspoint/*", "*:async-request/mrap/*"),
            *("*:job/*", "*:storage-lens/*", "*:storage-lens-group/*", "[*]"),
        )
    ),
    *(
        Mute(
            "role/budget_action",
            f"PERMISSIONS_MANAGEMENT_ACTIONS iam:{action}",
            "it attaches one policy, which only denies, to one role: that is what it is for",
        )
        for action in ("attachrolepolicy", "detachrolepolicy")
    ),
    *(
        Mute("deployer/identity", f"PERMISSIONS_MANAGEMENT_ACTIONS iam:{action}", CREATED)
        for action in (
            *("createrole", "deleterole", "updaterole", "updateassumerolepolicy", "passrole"),
            *("putrolepolicy", "deleterolepolicy", "detachrolepolicy"),
            *("putrolepermissionsboundary", "deleterolepermissionsboundary"),
            *("createinstanceprofile", "deleteinstanceprofile"),
            *("addroletoinstanceprofile", "removerolefrominstanceprofile"),
            *("createpolicy", "createpolicyversion", "deletepolicy", "deletepolicyversion"),
        )
    ),
    *(
        Mute(
            "deployer/identity",
            f"PERMISSIONS_MANAGEMENT_ACTIONS iam:{action}",
            "of the one policy that denies launches, from whomever the budget's action gave it to",
        )
        for action in ("detachuserpolicy", "detachgrouppolicy")
    ),
    Mute("deployer/identity", "PRIVILEGE_ESCALATION CreateNewPolicyVersion", CREATED),
    *(
        Mute("deployer/storage", f"PERMISSIONS_MANAGEMENT_ACTIONS {action}", reason)
        for action, reason in (
            ("s3:putbucketpolicy", "of buckets of our names only"),
            ("s3:putbucketacl", "of buckets of our names only"),
            ("s3:putbucketpublicaccessblock", "of buckets of our names only"),
            ("s3:bypassgovernanceretention", "of objects in our buckets: destroy_data needs it"),
            ("kms:createkey", "with our tags only"),
            ("kms:putkeypolicy", "of keys that carry our tags only"),
        )
    ),
    *(
        Mute(
            "deployer/monitoring",
            f"PERMISSIONS_MANAGEMENT_ACTIONS sns:{action}",
            "topics of our names only",
        )
        for action in ("createtopic", "settopicattributes")
    ),
    Mute(
        "deployer/hosts",
        "PERMISSIONS_MANAGEMENT_ACTIONS iam:createservicelinkedrole",
        "the role of spot alone, whose policy AWS writes; without it no account's first spot host",
    ),
    Mute(
        "deployer/network",
        "RESOURCE_STAR LookAtNetworks ec2:DescribeVpcAttribute",
        "a list like the others beside it",
    ),
    Mute(
        "deployer/monitoring",
        "RESOURCE_STAR ListAlarms cloudwatch:DescribeAlarms",
        "AWS leaves composite alarms out of the answer under anything narrower",
    ),
    Mute(
        "deployer/hosts",
        "RESOURCE_STAR LookAtHosts ec2:DescribeInstanceAttribute",
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


def parliament(policy: dict) -> set[str]:
    """Malformed statements, unknown actions and keys, actions whose resources do not match."""
    statements = [_readable(one, policy["shape"]) for one in policy["document"]["Statement"]]
    rest = {key: value for key, value in policy["document"].items() if key != "Statement"}
    # One a line, so that a finding's line says which one it is about.
    lines = ",\n".join(json.dumps(one) for one in statements)
    document = f'{json.dumps(rest)[:-1]}, "Statement": [\n{lines}\n]}}'
    # Those of the community judge what an identity may do.
    risks = policy["shape"] == "identity"
    found = analyze_policy_string(document, include_community_auditors=risks).findings
    return {line for one in found for line in _told(one, statements)}


def _told(finding: object, statements: list[dict]) -> list[str]:
    """A line for each action, or other detail, of a finding."""
    place = finding.location
    where = statements[place["line"] - 2].get("Sid", "") if "line" in place else ""
    what = finding.detail or place.get("type") or place.get("actions") or place.get("string", "")
    details = _list(what)
    if finding.issue == "RESOURCE_MISMATCH":
        gaps = [gap for gap in details if _is_open(gap["action"], statements)]
        details = [f"{gap['action']} needs {gap['required_format']}" for gap in gaps]
    return [" ".join(filter(None, (finding.issue, where, str(one)))) for one in details]


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


def cloudsplaining(policy: dict) -> set[str]:
    """Escalation, exfiltration, exposure, and changes without limits; of identities only."""
    if policy["shape"] != "identity":
        return set()
    document = PolicyDocument(policy["document"])
    found = {risk: getattr(document, risk) for risk in RISKS}
    return {f"{risk} {what}" for risk, what in found.items() if what}


def mutes(mute: Mute, policy: str, finding: str) -> bool:
    """Whether an entry is about a finding in the policy of this name."""
    hangs_at = policy.partition(" ")[0]
    return fnmatchcase(hangs_at, mute.policy) and fnmatchcase(finding, mute.finding)


def needless(names: list[str], found: list[tuple[str, str]]) -> list[Mute]:
    """Entries that mute nothing. The deployer's policies come together, and all of the estates."""
    asked = {name.startswith("deployer/") for name in names if "/" in name}
    return [
        mute
        for mute in MUTED
        if mute.policy.startswith("deployer/") in asked
        and not any(mutes(mute, *one) for one in found)
    ]


def main() -> None:
    """Grade every policy."""
    policies = json.load(sys.stdin)
    found = [
        (policy["name"], finding)
        for policy in policies
        for finding in sorted(parliament(policy) | cloudsplaining(policy))
    ]
    lines = [
        f"{name}: {finding}"
        for name, finding in found
        if not any(mutes(mute, name, finding) for mute in MUTED)
    ]
    for mute in needless([policy["name"] for policy in policies], found):
        lines.append(f"muted for nothing, remove it: {mute.policy}: {mute.finding}")
    json.dump(lines, sys.stdout)


if __name__ == "__main__":
    main()
