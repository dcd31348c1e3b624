"""cloud-init's EC2 data source for a machine without DMI data."""
