"""The local cloud: AWS APIs (moto) and one real machine per EC2 instance, on this machine."""
