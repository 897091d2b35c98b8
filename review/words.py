"""What matters most, in words. What is not there is said, whatever the JSON looks like."""

from typing import Any

from access.attached import ENFORCED_MEMBER, MEMBERS, RULES
from access.changes import LEVEL, PERIMETER

from .known import rule
from .leaves import Block, text

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
    modes = {
        (True, True): f"enforced for {enforced}; a proposal is tested as dry run next to it",
        (True, False): f"enforced for {enforced}",
        (False, True): f"dry run for {tested}: violations are logged, nothing is denied",
        (False, False): "neither enforced nor a dry run: the callers can call from any address",
    }
    mode = f"{_last(block.body.get('name'))}: {modes[bool(status), bool(spec)]}"
    deletion = [_deletion(block.body.get("deletion_policy"))] if status else []
    lines = [mode, *deletion, *map(_rule, _blocks((status or spec).get("ingress_policies")))]
    if status and spec:
        lines.append(f"proposed for {tested}")
        lines += [f"proposed: {_rule(each)}" for each in _blocks(spec.get("ingress_policies"))]
    return lines


def member(block: Block) -> list[str]:
    """Which project is in a perimeter that others own."""
    how = "enforced" if block.kind == ENFORCED_MEMBER else "dry run"
    return [f"{_last(block.body.get('perimeter_name'))}, which others own: {how} for {block.body.get('resource')}"]


def attached_rule(block: Block) -> list[str]:
    """A rule that is added to a perimeter that others own."""
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


def _rule(ingress: dict[str, Any]) -> str:
    given, to = _block(ingress.get("ingress_from")), _block(ingress.get("ingress_to"))
    who = " and ".join(_joined(given[name]) for name in ("identity_type", "identities") if given.get(name)) or "NOBODY"
    where = _joined([_source(source) for source in _blocks(given.get("sources"))])
    what = _joined([operation.get("service_name") for operation in _blocks(to.get("operations"))])
    return f"{ingress.get('title')}: {who} from {where} to {what} in {_joined(to.get('resources'))}"


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


WORDS = {
    "google_project_iam_member": grant,
    "google_service_account_iam_member": grant,
    "google_project_iam_custom_role": custom_role,
    "aws_vpc_security_group_egress_rule": egress_rule,
    "google_iam_workload_identity_pool_provider": provider,
    LEVEL: level,
    PERIMETER: perimeter,
    **dict.fromkeys(MEMBERS, member),
    **{kind: attached_rule for kind, (_, direction) in RULES.items() if direction == "ingress"},
}
