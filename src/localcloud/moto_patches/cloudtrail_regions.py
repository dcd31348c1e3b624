"""A trail of all regions tells its selectors in every region, to who asks by its ARN.

Source: CloudTrail API Reference, GetEventSelectors and GetInsightSelectors, "TrailName": for a
shadow trail, its ARN. Stock moto knows a trail in its home region only.
"""

from collections.abc import Callable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, cloudtrail_backends

from localcloud.moto_patches.seams import Seam

SEAMS = (
    Seam(CloudTrailBackend, "get_event_selectors", "self, trail_name"),
    Seam(CloudTrailBackend, "get_insight_selectors", "self, trail_name"),
)


def apply() -> None:
    """Send such a question to the trail's home."""
    for seam in SEAMS:
        seam.replace(_at_home)


def _at_home(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_selectors(self: Any, trail_name: str) -> Any:
        parts = trail_name.split(":")
        home = parts[3] if len(parts) > 3 else self.region_name
        return original(cloudtrail_backends[self.account_id][home], trail_name)

    return get_selectors
