"""CloudWatch Logs features that moto lacks: KMS keys of log groups, and filter replacement.

A metric filter replaces an existing one with the same name and requires its log group. Filters
and tags are deleted with their group.
"""

from collections.abc import Callable
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from localcloud.api.moto_patches.seams import Seam, add_operation

SEAMS = (
    Seam(
        LogsBackend,
        "put_metric_filter",
        "self, filter_name, filter_pattern, log_group_name, metric_transformations",
    ),
    Seam(LogsBackend, "delete_log_group", "self, log_group_name"),
)


def apply() -> None:
    """Add the two operations; fix metric filters and group deletion."""
    put, delete = SEAMS
    put.replace(_in_place)
    delete.replace(_with_all_of_it)
    for name, operation in OPERATIONS.items():
        add_operation(LogsResponse, name, operation)


def associate_kms_key(self: Any) -> str:
    """AssociateKmsKey."""
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: Any) -> str:
    """DisassociateKmsKey."""
    _group(self).kms_key_id = None
    return ""


OPERATIONS: dict[str, Callable[..., str]] = {
    function.__name__: function for function in (associate_kms_key, disassociate_kms_key)
}


def _group(response: Any) -> Any:
    group = response.logs_backend.groups.get(response._get_param("logGroupName"))
    if group is None:
        raise ResourceNotFoundException()
    return group


def _in_place(original: Callable[..., None]) -> Callable[..., None]:
    def put_metric_filter(
        self: Any,
        filter_name: str,
        filter_pattern: str,
        log_group_name: str,
        metric_transformations: Any,
    ) -> None:
        if log_group_name not in self.groups:
            raise ResourceNotFoundException()
        self.delete_metric_filter(filter_name, log_group_name)
        original(self, filter_name, filter_pattern, log_group_name, metric_transformations)

    return put_metric_filter


def _with_all_of_it(original: Callable[..., None]) -> Callable[..., None]:
    def delete_log_group(self: Any, log_group_name: str) -> None:
        group = self.groups.get(log_group_name)
        original(self, log_group_name)
        self.tagger.delete_all_tags_for_resource(group.arn)
        filters = self.filters.metric_filters
        filters[:] = [f for f in filters if f["logGroupName"] != log_group_name]

    return delete_log_group
