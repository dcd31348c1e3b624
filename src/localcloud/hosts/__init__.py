"""The machines: one podman container per EC2 instance, with its network and metadata."""
