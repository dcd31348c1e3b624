"""Delete an alarm's tags with it, so that a recreated alarm does not get the old ones."""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (Seam(CloudWatchBackend, "delete_alarms", "self, alarm_names"),)


def apply() -> None:
    """Delete the tags of deleted alarms."""
    SEAMS[0].replace(_with_tags)


def _with_tags(original: Callable[..., None]) -> Callable[..., None]:
    def delete_alarms(self: Any, alarm_names: list[str]) -> None:
        # Look each one up by name: iterating over all fails if another request deletes one.
        for alarm in filter(None, map(self.alarms.get, alarm_names)):
            self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
        original(self, alarm_names)

    return delete_alarms
