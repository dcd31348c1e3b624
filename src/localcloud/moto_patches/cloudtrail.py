"""Where moto's CloudTrail does otherwise than AWS.

A second trail of a name is refused, selectors are replaced, a new trail records management events,
a trail without insights says so by an error, and tags go with their trail.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from localcloud.moto_patches.seams import Seam

SEAMS = (
    Seam(CloudTrailResponse, "create_trail", "self"),
    Seam(CloudTrailResponse, "get_insight_selectors", "self"),
    Seam(CloudTrailBackend, "delete_trail", "self, name"),
    Seam(Trail, "put_event_selectors", "self, event_selectors, advanced_event_selectors"),
    Seam(Trail, "get_event_selectors", "self"),
    Seam(Trail, "put_insight_selectors", "self, insight_selectors"),
    Seam(Trail, "description", "self, include_region"),
)

#: What a trail records until somebody says otherwise.
DEFAULT_SELECTORS = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]


def apply() -> None:
    """Put AWS's ways in the place of moto's."""
    replacements: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
        _once,
        _insights_or_error,
        _delete_with_tags,
        _one_sort_of_selectors,
        _selectors_or_default,
        _insights_replaced,
        _description,
    )
    for seam, replacement in zip(SEAMS, replacements, strict=True):
        seam.replace(replacement)


def _error(code: str, message: str) -> JsonRESTError:
    error = JsonRESTError(code, message)
    error.code = 400
    return error


def _once(original: Callable[..., str]) -> Callable[..., str]:
    def create_trail(self: Any) -> str:
        name = self._get_param("Name")
        if name in self.cloudtrail_backend.trails:
            raise _error("TrailAlreadyExistsException", f"Trail {name} already exists")
        return original(self)

    return create_trail


def _insights_or_error(original: Callable[..., str]) -> Callable[..., str]:
    def get_insight_selectors(self: Any) -> str:
        answer = original(self)
        if not json.loads(answer).get("InsightSelectors"):
            raise _error("InsightNotEnabledException", "The trail has Insights not enabled")
        return answer

    return get_insight_selectors


def _delete_with_tags(original: Callable[..., None]) -> Callable[..., None]:
    def delete_trail(self: Any, name: str) -> None:
        trail = self.get_trail(name)  # raises AWS's own error when there is none
        original(self, trail.trail_name)
        self.tagging_service.delete_all_tags_for_resource(trail.arn)

    return delete_trail


def _one_sort_of_selectors(original: Callable[..., None]) -> Callable[..., None]:
    def put_event_selectors(self: Any, event_selectors: Any, advanced_event_selectors: Any) -> None:
        original(self, event_selectors, advanced_event_selectors)
        if event_selectors:
            self.advanced_event_selectors = []

    return put_event_selectors


def _selectors_or_default(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_event_selectors(self: Any) -> tuple[list[Any], list[Any]]:
        selectors, advanced = original(self)
        return selectors or ([] if advanced else DEFAULT_SELECTORS), advanced

    return get_event_selectors


def _insights_replaced(original: Callable[..., None]) -> Callable[..., None]:
    def put_insight_selectors(self: Any, insight_selectors: list[dict[str, str]]) -> None:
        self.insight_selectors = []
        original(self, insight_selectors)

    return put_insight_selectors


def _description(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def description(self: Any, include_region: bool = False) -> dict[str, Any]:
        return original(self, include_region) | {
            "HasCustomEventSelectors": bool(self.event_selectors or self.advanced_event_selectors),
            "HasInsightSelectors": bool(self.insight_selectors),
        }

    return description
