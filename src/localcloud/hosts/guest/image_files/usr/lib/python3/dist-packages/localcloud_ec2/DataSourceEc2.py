"""cloud-init's EC2 data source without the DMI detection.

cloud-init detects EC2 by DMI data, which a container does not have. After that it does the same
as on EC2: IMDSv2 token, metadata, user data.
"""
# ruff: noqa: N999 (cloud-init requires this file name)
# No type checks: it runs in the guest, where cloud-init is installed.
# mypy: ignore-errors

from cloudinit import sources
from cloudinit.sources.DataSourceEc2 import CloudNames, DataSourceEc2


class DataSourceEc2Local(DataSourceEc2):
    """The EC2 data source for a machine that is configured as EC2."""

    dsname = "Ec2"

    def _get_cloud_name(self):
        return CloudNames.AWS


def get_datasource_list(depends):
    """The function that cloud-init calls in every data source module."""
    return sources.list_from_depends(
        depends, [(DataSourceEc2Local, (sources.DEP_FILESYSTEM, sources.DEP_NETWORK))]
    )
