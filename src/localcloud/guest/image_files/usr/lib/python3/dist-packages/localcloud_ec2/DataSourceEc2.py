"""EC2, said instead of recognised.

cloud-init recognises EC2 by DMI data, which a container has not. From there on it takes the very
path that it takes on EC2: IMDSv2 token, metadata, user data.
"""
# ruff: noqa: N999 (cloud-init looks for exactly this file name)
# Types: it runs in the guest, where cloud-init is.
# mypy: ignore-errors

from cloudinit import sources
from cloudinit.sources.DataSourceEc2 import CloudNames, DataSourceEc2


class DataSourceEc2Local(DataSourceEc2):
    """The EC2 data source, on a machine that is told that it runs there."""

    dsname = "Ec2"

    def _get_cloud_name(self):
        return CloudNames.AWS


def get_datasource_list(depends):
    """What cloud-init asks every data source module."""
    return sources.list_from_depends(
        depends, [(DataSourceEc2Local, (sources.DEP_FILESYSTEM, sources.DEP_NETWORK))]
    )
