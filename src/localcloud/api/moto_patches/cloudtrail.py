"""Fixes where moto's CloudTrail differs from AWS.

A second trail with the same name is refused, new selectors replace the old ones, a new trail
records management events, insight selectors of a trail without insights are an error, and a
trail's tags are deleted with it.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(CloudTrailResponse, "create_trail", "self"),
    Seam(CloudTrailResponse, "get_insight_selectors", "self"),
    Seam(CloudTrailBackend, "delete_trail", "self, name"),
    Seam(Trail, "put_event_selectors", "self, event_selectors, advanced_event_selectors"),
    Seam(Trail, "get_event_selectors", "self"),
    Seam(Trail, "put_insight_selectors", "self, insight_selectors"),
    Seam(Trail, "description", "self, include_region"),
)

#: What a trail records by default.
DEFAULT_SELECTORS = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]


def apply() -> None:
    """Apply AWS's behaviour."""
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
        trail = self.get_trail(name)  # raises AWS's error if there is none
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
