"""Mistakes that the AWS stack could have in what Google's side relies on: addresses, ids, documents, roles, routes."""

from collections.abc import Callable
from typing import Any

from .planted import Bug, Stack, resources


def _output(name: str, change: Callable[[Any], Any]) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        stack["output"][name]["value"] = change(stack["output"][name]["value"])

    return plant


def _one_more_address(stack: Stack) -> None:
    stack["resource"]["aws_eip"]["other"] = {"domain": "vpc"}
    stack["output"]["egress_cidrs"]["value"].append("${aws_eip.other.public_ip}/32")


def _another_address_in_use(stack: Stack) -> None:
    """What is published is kept, and idle."""
    stack["resource"]["aws_eip"]["other"] = {"domain": "vpc"}
    (gateway,) = resources(stack, "aws_nat_gateway")
    gateway["allocation_id"] = "${aws_eip.other.id}"


def _delivered(workload: str, old: str, new: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (document,) = resources(stack, "aws_ssm_document", f"delivery_{workload}_")
        document["content"] = document["content"].replace(old, new)

    return plant


def _roles_swapped(stack: Stack) -> None:
    one, other = (resources(stack, "aws_instance", f"workload_{name}_")[0] for name in ("batch", "search"))
    one["iam_instance_profile"], other["iam_instance_profile"] = (
        other["iam_instance_profile"],
        one["iam_instance_profile"],
    )


def _role_named(name: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (role,) = resources(stack, "aws_iam_role")
        role["name"] = name

    return plant


def _no_way_out(zone: str) -> Callable[[Stack], None]:
    def plant(stack: Stack) -> None:
        (name,) = (key for key in stack["resource"]["aws_route"] if f"{zone}_private-way-out" in key)
        del stack["resource"]["aws_route"][name]
        for instance in resources(stack, "aws_instance"):
            instance["depends_on"] = [each for each in instance["depends_on"] if not each.endswith(name)]

    return plant


def _past_the_gateway(stack: Stack) -> None:
    (instance,) = resources(stack, "aws_instance")
    (public,) = (key for key in stack["resource"]["aws_subnet"] if "_public_" in key)
    instance |= {"subnet_id": f"${{aws_subnet.{public}.id}}", "associate_public_ip_address": True}


def _instances_swapped(ids: dict[str, str]) -> dict[str, str]:
    return dict(zip(ids, reversed(ids.values()), strict=True))


PUBLISHED = [
    Bug("one address too many", "article", _one_more_address),
    Bug("one address too few", "several", _output("egress_cidrs", lambda cidrs: cidrs[1:])),
    Bug("another address than the gateway's", "example", _another_address_in_use),
    Bug("another address of a paused network", "on-premises", _output("egress_cidrs", lambda _: ["198.51.100.200/32"])),
    Bug("somebody else's address beside the brought ones", "existing-network", _output("egress_cidrs", lambda cidrs: [*cidrs, "203.0.113.99/32"])),
    Bug("another role's unique id", "several", _output("role_unique_ids", lambda ids: ids | {"batch": ids["search"]})),
]  # fmt: skip
"""In the outputs, which the Google stack reads: generated callers meet them."""

POOL, PROVIDER = "workloadIdentityPools/demo-aws/", "providers/aws-ec2-provider"
DELIVERED = [
    Bug("a document of another pool", "example", _delivered("app", POOL, POOL.replace("demo", "other"))),
    Bug("a document of another provider", "article", _delivered("ec2-role", PROVIDER, "providers/other")),
    Bug("a document of another project", "proposal", _delivered("app", "projects/345678901234/", "projects/999999999999/")),
    Bug("a document of another service account", "several", _delivered("batch", "several-batch@", "several-search@")),
    Bug("a document without its service account", "existing-network", _delivered("app", "service_account_impersonation_url", "unknown")),
    Bug("another project to ask", "example", _delivered("app", "GCP_PROJECT_ID=my-project", "GCP_PROJECT_ID=other-project")),
    Bug("each instance has the other one's role", "several", _roles_swapped),
    Bug("a role by another name", "proposal", _role_named("demo-app2")),
    Bug("another role than the profile's", "central-egress", _delivered("batch", "central-batch@", "central-app@")),
    Bug("instances under other workloads' names", "several", _output("instance_ids", _instances_swapped)),
    Bug("a zone without an internet route", "several", _no_way_out("us-east-1c")),
    Bug("an instance that leaves past its gateway", "article", _past_the_gateway),
]  # fmt: skip
"""On the instances: what they find there, and how their calls leave."""
