"""The AWS APIs: moto, the layers in front of it, and what moto does not support."""
