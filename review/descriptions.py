"""What matters most, in words. What is not there is said, whatever the JSON looks like."""

from typing import Any

from access.attached import ENFORCED_MEMBER, MEMBERS, RULES
from access.changes import LEVEL, PERIMETER

from .blocks import Block, text
from .expected import rule

OTHERS = "members and rules of others stay, and are not in this file"
LIST = "basic.conditions[].ip_subnetworks"


def grant(block: Block) -> list[str]:
    """Who has which role on what."""
    on = block.body.get("service_account_id") or block.body.get("project")
    return [f"{text(block.body.get('member'))} has {text(block.body.get('role'))} on {text(on)}"]


def custom_role(block: Block) -> list[str]:
    """What a role of the kit's own allows."""
    return [f"{block.body.get('role_id')} allows {_joined(block.body.get('permissions'))}"]


def egress_rule(block: Block) -> list[str]:
    """Where an instance may connect to."""
    body = block.body
    first, last = text(body.get("from_port")), text(body.get("to_port"))
    ports = first if first == last else f"{first} to {last}"
    group = text(body.get("security_group_id"))
    return [f"{group} lets out {text(body.get('ip_protocol'))} {ports} to {text(body.get('cidr_ipv4'))}"]


def provider(block: Block) -> list[str]:
    """Whom Google takes for one of the pool's principals."""
    body = block.body
    pool, subject = body.get("workload_identity_pool_id"), _block(body.get("attribute_mapping")).get("google.subject")
    return [
        f"{pool}/{body.get('workload_identity_pool_provider_id')}: AWS account {_block(body.get('aws')).get('account_id')}, "
        f"as {subject}, if {text(body.get('attribute_condition'))}"
    ]


def level(block: Block) -> list[str]:
    """The addresses that a level admits, condition by condition."""
    basic = _block(block.body.get("basic"))
    conditions = [_condition(condition) for condition in _blocks(basic.get("conditions"))]
    joint = f" {str(basic.get('combining_function', 'AND')).lower()} "
    return [f"{_last(block.body.get('name'))}: {joint.join(conditions) or 'NO CONDITION'}"]


def _condition(condition: dict[str, Any]) -> str:
    cidrs = condition.get("ip_subnetworks")
    known = rule(LEVEL, LIST)
    if isinstance(cidrs, str) and known and known.fits(cidrs):
        return "the AWS stack's output egress_cidrs, known once it is applied"
    return _joined(cidrs)


def perimeter(block: Block) -> list[str]:
    """Its mode, and its rules: by whom, from where, to what."""
    status, spec = _block(block.body.get("status")), _block(block.body.get("spec"))
    enforced, tested = _protected(status), _protected(spec)
    shared = [f"shared: {OTHERS}"] if _block(block.body.get("lifecycle")).get("ignore_changes") else []
    tests = "joins are tested in the dry run" if shared else "a proposal is tested as dry run"
    modes = {
        (True, True): f"enforced for {enforced}; {tests} next to it",
        (True, False): f"enforced for {enforced}",
        (False, True): f"dry run for {tested}: violations are logged, nothing is denied",
        (False, False): "neither enforced nor a dry run: the callers can call from any address",
    }
    mode = f"{_last(block.body.get('name'))}: {modes[bool(status), bool(spec)]}"
    deletion = [_deletion(block.body.get("deletion_policy"))] if status else []
    lines = [mode, *deletion, *shared, *_passing(status or spec)]
    if status and spec:
        lines.append(f"proposed for {tested}")
        lines += [f"proposed: {each}" for each in _passing(spec)]
    return lines


def _passing(side: dict[str, Any]) -> list[str]:
    """The rules of a configuration, and what networks inside may reach."""
    vpc = _block(side.get("vpc_accessible_services"))
    accessible = [f"networks inside reach {_joined(vpc.get('allowed_services'))} alone"] if vpc else []
    rules = [_rule(each) for name in ("ingress_policies", "egress_policies") for each in _blocks(side.get(name))]
    return [*rules, *accessible]


def member(block: Block) -> list[str]:
    """Which project is added to a perimeter that several environments are in."""
    how = "enforced" if block.kind == ENFORCED_MEMBER else "dry run"
    return [
        f"{_last(block.body.get('perimeter_name'))}, {how} for {block.body.get('resource')}, in addition to those of others"
    ]


def attached_rule(block: Block) -> list[str]:
    """A rule that is added to such a perimeter."""
    how = "enforced" if RULES[block.kind][0] == "status" else "dry run"
    return [f"{_last(block.body.get('perimeter'))}, {how}: {_rule(block.body)}"]


def _deletion(policy: Any) -> str:
    if policy == "PREVENT":
        return "deletion: refused by the provider (deletion_policy PREVENT)"
    missing = "no deletion_policy, which is written if [versions] admits google from 7.33 on only"
    why = f"deletion_policy {text(policy)}" if policy else missing
    return f"deletion: NOT REFUSED by the provider ({why})"


def _protected(block: dict[str, Any]) -> str:
    return f"{_joined(block.get('restricted_services'))} in {_joined(block.get('resources'))}"


def _rule(rule: dict[str, Any]) -> str:
    ingress = "egress_to" not in rule and "egress_from" not in rule
    given, to = (_block(rule.get(f"{'ingress' if ingress else 'egress'}_{end}")) for end in ("from", "to"))
    who = " and ".join(_joined(given[name]) for name in ("identity_type", "identities") if given.get(name)) or "NOBODY"
    where = (
        f" from {_joined([_source(source) for source in _blocks(given.get('sources'))])}" if ingress else " out of it"
    )
    what = _joined([_operation(operation, ingress) for operation in _blocks(to.get("operations"))])
    return f"{rule.get('title')}: {who}{where} to {what} in {_joined(to.get('resources'))}"


def _operation(operation: dict[str, Any], ingress: bool) -> str:
    methods = [each.get("method") or each.get("permission") for each in _blocks(operation.get("method_selectors"))]
    return text(operation.get("service_name")) + ("" if ingress else f" ({_joined(methods)})")


def _source(source: dict[str, Any]) -> str:
    return _last(source.get("access_level") or source)


def _last(name: Any) -> str:
    """A level's or perimeter's own name, without its policy's."""
    return text(name).rpartition("/")[2]


def _joined(values: Any) -> str:
    return ", ".join(map(text, values if isinstance(values, list) else [values] if values else [])) or "NOTHING"


def _block(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _blocks(value: Any) -> list[dict[str, Any]]:
    """Terraform takes a block for a list of one."""
    return [_block(each) for each in (value if isinstance(value, list) else [value] if value else [])]


DESCRIPTIONS = {
    "google_project_iam_member": grant,
    "google_service_account_iam_member": grant,
    "google_project_iam_custom_role": custom_role,
    "aws_vpc_security_group_egress_rule": egress_rule,
    "google_iam_workload_identity_pool_provider": provider,
    LEVEL: level,
    PERIMETER: perimeter,
    **dict.fromkeys(MEMBERS, member),
    **dict.fromkeys(RULES, attached_rule),
}
