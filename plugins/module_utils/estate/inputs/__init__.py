# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inputs: their table, and how their values are parsed. Nothing here calls AWS."""

from .model import BUCKETS, DATA, LOGS, REPLICA, Inputs
from .parse import parse, plain
from .table import DENY_LAUNCH, ROOT_DEVICES, STOP_INSTANCES, TABLE

__all__ = [
    "BUCKETS",
    "DATA",
    "DENY_LAUNCH",
    "LOGS",
    "REPLICA",
    "ROOT_DEVICES",
    "STOP_INSTANCES",
    "TABLE",
    "Inputs",
    "parse",
    "plain",
]
