"""Rules of AWS beyond its models: between the parts of a request, and with existing resources.

Each rule is a function of a request that moto has routed and botocore's model has parsed. It
raises `Refused` or returns. Only documented rules that matter for this project's requests.
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.api.rules import (
    budgets,
    ec2,
    ec2_in_use,
    monitoring,
    s3_lifecycle,
    s3_objects,
    s3_public,
    s3_replication,
)

#: `rule(response, parameters)`: moto's response object, and the parsed request.
Rule = Callable[[Any, Mapping[str, Any]], None]

#: By botocore's name of the service, then by operation; "" applies to every operation.
RULES: Mapping[str, Mapping[str, Rule]] = {
    "budgets": budgets.RULES,
    "cloudwatch": monitoring.METRICS,
    "ec2": {**ec2.RULES, **ec2_in_use.RULES},
    "logs": monitoring.LOGS,
    "s3": {
        **s3_objects.RULES,
        **s3_lifecycle.RULES,
        **s3_public.RULES,
        **s3_replication.RULES,
    },
}


def check(service: str, operation: str, response: Any, parameters: Mapping[str, Any]) -> None:
    """Raise `Refused` if the request breaks a rule of this operation."""
    rules = RULES.get(service, {})
    for name in ("", operation):
        if name in rules:
            rules[name](response, parameters)
