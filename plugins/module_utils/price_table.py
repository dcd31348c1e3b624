# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List prices in USD, before tax and free tier: the only place with a price in it.

Each figure has its source. None was read from the AWS Price List API (it could not be reached when
the table was written): compare with your own region's price page before you rely on a figure.
"""

from __future__ import annotations

# When the figures were last looked up.
NOTED_ON = "2026-11-22"

# The AWS VPC price page: an hour of any public IPv4 address, in use or not, every region.
PUBLIC_IPV4_HOUR = 0.005

# Regions whose Linux on-demand, EBS and S3 list prices are those of us-east-1.
SAME_AS_US_EAST_1 = ("us-east-1", "us-east-2", "us-west-2")

# Linux on-demand, USD an hour. c5.2xlarge: the Amazon EC2 user guide's Spot example (on-demand
# column); the rest: public copies of the EC2 on-demand price page, which agree with one another.
INSTANCE_HOUR = {
    "t3.small": 0.0208,
    "t3.medium": 0.0416,
    "t3.large": 0.0832,
    "t3.xlarge": 0.1664,
    "m5.large": 0.096,
    "m5.xlarge": 0.192,
    "c5.large": 0.085,
    "c5.xlarge": 0.17,
    "c5.2xlarge": 0.34,
    "c5.4xlarge": 0.68,
}

# Amazon EBS price page: a gp3 volume with its included 3,000 IOPS and 125 MiB/s.
GP3_GB_MONTH = 0.08

# Amazon S3 price page: Standard, the first 50 TB.
S3_GB_MONTH = 0.023

# Amazon CloudWatch price page: a custom metric, prorated by the hour; alarms are not used yet.
CUSTOM_METRIC_MONTH = 0.30
