"""The workload: county data in, a GraphSAGE model of heart-disease burden out."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("cardiology-cloud")
except PackageNotFoundError:  # run from a source tree that is not installed
    __version__ = "0+unknown"
