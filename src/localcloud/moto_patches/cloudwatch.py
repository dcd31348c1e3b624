"""Tags of an alarm go with it; one that is made again has none of the old ones."""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from localcloud.moto_patches.seams import Seam

SEAMS = (Seam(CloudWatchBackend, "delete_alarms", "self, alarm_names"),)


def apply() -> None:
    """Drop the tags of deleted alarms."""
    SEAMS[0].replace(_with_tags)


def _with_tags(original: Callable[..., None]) -> Callable[..., None]:
    def delete_alarms(self: Any, alarm_names: list[str]) -> None:
        # Each by its name: a walk over all of them breaks off when another request deletes one.
        for alarm in filter(None, map(self.alarms.get, alarm_names)):
            self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
        original(self, alarm_names)

    return delete_alarms
