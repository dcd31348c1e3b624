"""Launch templates with deletable versions and current tags.

moto looks a version up by its list index, and returns the tags that the template was created
with. As on EC2, the number of a deleted version is never reused.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import (
    LaunchTemplate,
    LaunchTemplateBackend,
    LaunchTemplateVersion,
)
from moto.ec2.responses.launch_templates import LaunchTemplates

from localcloud.api.moto_patches.seams import Seam, add_operation

SEAMS = (
    Seam(LaunchTemplate, "create_version", "self, data, description"),
    Seam(LaunchTemplate, "get_version", "self, num"),
    Seam(LaunchTemplate, "default_version", "self"),
    Seam(
        LaunchTemplateBackend,
        "describe_launch_templates",
        "self, template_names, template_ids, filters",
    ),
)

_LAST = "localcloud_last_version"


def apply() -> None:
    """Look versions up by number, and add DeleteLaunchTemplateVersions."""
    create, get, default, describe = SEAMS
    create.replace(lambda original: _create_version)
    get.replace(_get_version)
    default.replace(lambda original: _default_version)
    describe.replace(_with_tags)
    add_operation(LaunchTemplates, "delete_launch_template_versions", _delete_versions)


def _create_version(self: Any, data: dict[str, Any], description: str) -> Any:
    number = getattr(self, _LAST, 0) + 1
    setattr(self, _LAST, number)
    version = LaunchTemplateVersion(self, number, data, description)
    self.versions.append(version)
    return version


def _get_version(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_version(self: Any, num: Any) -> Any:
        if str(num).lower() in ("$latest", "$default"):
            return original(self, num)
        return _numbered(self, num)

    return get_version


def _default_version(self: Any) -> Any:
    return _numbered(self, self.default_version_number)


def _with_tags(original: Callable[..., Any]) -> Callable[..., Any]:
    def describe_launch_templates(self: Any, *arguments: Any, **options: Any) -> Any:
        templates = original(self, *arguments, **options)
        for template in templates:
            template.tags = template.get_tags()
        return templates

    return describe_launch_templates


def _numbered(template: Any, number: Any) -> Any:
    for version in template.versions:
        if str(version.number) == str(number):
            return version
    raise InvalidLaunchTemplateVersionNotFound(template_id=template.id, version=str(number))


def _delete_versions(self: Any) -> ActionResult:
    name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
    template = (
        self.ec2_backend.get_launch_template_by_name(name)
        if name
        else self.ec2_backend.get_launch_template(template_id)
    )
    self.error_on_dryrun()
    deleted, kept = [], []
    for number in self._get_param("Versions", []):
        item = {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "VersionNumber": int(number),
        }
        why = _refusal(template, number)
        if why:
            kept.append({**item, "ResponseError": why})
        else:
            template.versions.remove(_numbered(template, number))
            deleted.append(item)
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": deleted,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        }
    )


def _refusal(template: Any, number: str) -> dict[str, str] | None:
    if int(number) not in [version.number for version in template.versions]:
        return {
            "Code": "launchTemplateVersionDoesNotExist",
            "Message": f"The version {number} of launch template {template.id} does not exist.",
        }
    if int(number) == template.default_version_number:
        return {"Code": "unexpectedError", "Message": "The default version cannot be deleted."}
    return None
