# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CloudTrail events that CIS requires alarms for, with their filter patterns.

The list follows the CIS AWS Foundations Benchmark 3.0, section 4 (the same in 1.4), and adds newer
AWS calls that do the same as those in the benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """One control of the benchmark."""

    number: str
    #: What happened, for the alarm's description.
    text: str
    #: The metric that counts the events.
    metric: str
    pattern: str


def _events(*names: str, source: str = "") -> str:
    """A pattern for any of these calls; `source` is the service, if the names are ambiguous."""
    any_name = " || ".join(f"($.eventName = {name})" for name in names)
    if not source:
        return f"{{ {any_name} }}"
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({any_name}) }}"


#: Controls by key, which is also the key of the alarm and of the metric filter.
CONTROLS: dict[str, Control] = {
    "cis_unauthorized_calls": Control(
        "4.1",
        "AWS refused calls for lack of permission",
        "UnauthorizedCalls",
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    ),
    "cis_sign_in_without_mfa": Control(
        "4.2",
        "Somebody signed in to the console without MFA",
        "SignInWithoutMfa",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
        '($.userIdentity.type = "IAMUser") && '
        '($.responseElements.ConsoleLogin = "Success") }',
    ),
    "cis_root_use": Control(
        "4.3",
        "Somebody used the root user",
        "RootUse",
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
        '$.eventType != "AwsServiceEvent" }',
    ),
    "cis_iam_changes": Control(
        "4.4",
        "An IAM policy was changed",
        "IamChanges",
        _events(
            *("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy"),
            *("PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"),
            *("CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
            *("AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy"),
            *("AttachGroupPolicy", "DetachGroupPolicy"),
            source="iam",
        ),
    ),
    "cis_trail_changes": Control(
        "4.5",
        "A trail of CloudTrail was changed",
        "TrailChanges",
        _events(
            *("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
            *("PutEventSelectors", "PutInsightSelectors"),
        ),
    ),
    "cis_sign_in_failures": Control(
        "4.6",
        "Signing in to the console failed",
        "SignInFailures",
        '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    ),
    "cis_key_deletion": Control(
        "4.7",
        "A KMS key was disabled or is to be deleted",
        "KeyDeletion",
        _events("DisableKey", "ScheduleKeyDeletion", source="kms"),
    ),
    "cis_bucket_changes": Control(
        "4.8",
        "The policy or a rule of a bucket was changed",
        "BucketChanges",
        _events(
            *("PutBucketAcl", "PutBucketPolicy", "PutBucketCors", "PutBucketLifecycle"),
            *(
                "PutBucketReplication",
                "PutBucketPublicAccessBlock",
                "DeleteBucketPublicAccessBlock",
            ),
            *("DeleteBucketPolicy", "DeleteBucketCors", "DeleteBucketLifecycle"),
            "DeleteBucketReplication",
            source="s3",
        ),
    ),
    "cis_config_changes": Control(
        "4.9",
        "AWS Config was changed",
        "ConfigChanges",
        _events(
            *("StopConfigurationRecorder", "DeleteDeliveryChannel"),
            *("PutDeliveryChannel", "PutConfigurationRecorder"),
            source="config",
        ),
    ),
    "cis_security_group_changes": Control(
        "4.10",
        "A security group was changed",
        "SecurityGroupChanges",
        _events(
            *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
            *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
            *("ModifySecurityGroupRules", "CreateSecurityGroup", "DeleteSecurityGroup"),
        ),
    ),
    "cis_network_acl_changes": Control(
        "4.11",
        "A network ACL was changed",
        "NetworkAclChanges",
        _events(
            *("CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl"),
            *("DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
        ),
    ),
    "cis_gateway_changes": Control(
        "4.12",
        "A network gateway was changed",
        "GatewayChanges",
        _events(
            *("CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway"),
            *("CreateInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"),
        ),
    ),
    "cis_route_table_changes": Control(
        "4.13",
        "A route table was changed",
        "RouteTableChanges",
        _events(
            *("CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation"),
            *("DeleteRouteTable", "DeleteRoute", "DisassociateRouteTable"),
            source="ec2",
        ),
    ),
    "cis_vpc_changes": Control(
        "4.14",
        "A VPC was changed",
        "VpcChanges",
        _events(
            *("CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection"),
            *("CreateVpcPeeringConnection", "DeleteVpcPeeringConnection"),
            *("RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc"),
            *("DisableVpcClassicLink", "EnableVpcClassicLink"),
        ),
    ),
    "cis_organization_changes": Control(
        "4.15",
        "The organization was changed",
        "OrganizationChanges",
        _events(
            *("AcceptHandshake", "AttachPolicy", "CancelHandshake", "CreateAccount"),
            *("CreateOrganization", "CreateOrganizationalUnit", "CreatePolicy"),
            *("DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit"),
            *("DeletePolicy", "DetachPolicy", "DisablePolicyType", "EnableAllFeatures"),
            *("EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization"),
            *("MoveAccount", "RemoveAccountFromOrganization", "UpdateOrganizationalUnit"),
            "UpdatePolicy",
            source="organizations",
        ),
    ),
}
