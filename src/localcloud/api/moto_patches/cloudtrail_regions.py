"""The selectors of a multi-region trail can be read in every region by its ARN.

Source: CloudTrail API Reference, GetEventSelectors and GetInsightSelectors, "TrailName": for a
shadow trail, its ARN. Stock moto finds a trail only in its home region.
"""

from collections.abc import Callable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, cloudtrail_backends

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(CloudTrailBackend, "get_event_selectors", "self, trail_name"),
    Seam(CloudTrailBackend, "get_insight_selectors", "self, trail_name"),
)


def apply() -> None:
    """Read the selectors in the trail's home region."""
    for seam in SEAMS:
        seam.replace(_at_home)


def _at_home(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_selectors(self: Any, trail_name: str) -> Any:
        parts = trail_name.split(":")
        home = parts[3] if len(parts) > 3 else self.region_name
        return original(cloudtrail_backends[self.account_id][home], trail_name)

    return get_selectors
