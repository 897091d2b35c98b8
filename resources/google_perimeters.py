"""Access levels, service perimeters with their parts, and the policy that has both."""

from resources.description import Resource, Rest, Search

_ADDRESSES = r"\$\{try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\}"
_HELD = (
    r"\$\{\(length\(try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\) >= 1\)\}"
    r'|\$\{can\(regex\("\^\(\[1-9\]\[0-9\.\]\*/32 \?\)\+\$", '
    r'join\(" ", try\(data\.terraform_remote_state\.aws\.outputs\.egress_cidrs, \[\]\)\)\)\)\}'
)
_POLICY = r"accessPolicies/(\d+|\$\{google_access_context_manager_access_policy\.[\w-]+\.name\})"
_API = "https://accesscontextmanager.googleapis.com/v1"
_PERIMETER = "google_access_context_manager_service_perimeter"
_TITLED = {"depends_on[]": "*", "title": "*"}
_BLOCK = {
    "restricted_services[]": "+=",
    "resources[]": "+=",
    "ingress_policies[].title": "=",
    "ingress_policies[].ingress_from.identities[]": "=",
    "ingress_policies[].ingress_from.identity_type": "=",
    "ingress_policies[].ingress_from.sources[].access_level": "=",
    "ingress_policies[].ingress_to.resources[]": "=",
    "ingress_policies[].ingress_to.operations[].service_name": "=",
    "ingress_policies[].ingress_to.operations[].method_selectors[].method": r"+\*",
    "egress_policies[].title": "=",
    "egress_policies[].egress_from.identities[]": "=",
    "egress_policies[].egress_to.resources[]": "=",
    "egress_policies[].egress_to.operations[].service_name": "=",
    "egress_policies[].egress_to.operations[].method_selectors[].method": "+=",
    "vpc_accessible_services.enable_restriction": "+true",
    "vpc_accessible_services.allowed_services[]": "+=",
}
_OF_OTHERS = r"(status|spec)\[0\]\.(resources|ingress_policies|egress_policies)"


def _member(side: str, **rules: str) -> Resource:
    """Describe a resource that adds one project to a perimeter."""
    return Resource(
        section="perimeter",
        arguments={"depends_on[]": "*", "perimeter_name": "!=", "resource": "!=", **rules},
        creation=f"PATCH {_API}/{{perimeter_name}}",
        import_id="{perimeter_name}/{resource}",
        part=(side, "resources"),
    )


def _rule(side: str, direction: str) -> Resource:
    """Describe a resource that adds one rule to a perimeter. It has no import."""
    path, content = f"{direction}_policies[].", {"perimeter": "!=", "title": "!="}
    content |= {
        name.removeprefix(path): rule for name, rule in _BLOCK.items() if name.startswith(f"{path}{direction}_")
    }
    return Resource(
        section="perimeter",
        arguments={"depends_on[]": "*", **content, "lifecycle.create_before_destroy": "!true"},
        creation=f"PATCH {_API}/{{perimeter}}",
        by_hand="gcloud access-context-manager perimeters describe {perimeter}  # rules have no import: delete {title!r} there",
        part=(side, f"{direction}_policies"),
    )


LEVELS = {
    "google_access_context_manager_access_level": Resource(
        section="addresses",
        arguments={
            **_TITLED,
            "description": "*",
            "name": "!=",
            "parent": f"!{_POLICY}",
            "basic.conditions[].ip_subnetworks": _ADDRESSES,
            "basic.conditions[].ip_subnetworks[]": "=",
            "lifecycle.create_before_destroy": "true",
            "lifecycle.precondition[].condition": _HELD,
            "lifecycle.precondition[].error_message": "*",
        },
        creation=f"POST {_API}/{{parent}}/accessLevels",
        import_id="{name}",
        api=Rest(
            ("title", "description", "basic", "custom"),
            created=("name",),
            places=("parent",),
            defaults={"basic.combining_function": "AND"},
        ),
    )
}
PERIMETER = {
    f"{_PERIMETER}_resource": _member("status", **{"lifecycle.prevent_destroy": "!true"}),
    f"{_PERIMETER}_dry_run_resource": _member("spec"),
    f"{_PERIMETER}_ingress_policy": _rule("status", "ingress"),
    f"{_PERIMETER}_egress_policy": _rule("status", "egress"),
    f"{_PERIMETER}_dry_run_ingress_policy": _rule("spec", "ingress"),
    f"{_PERIMETER}_dry_run_egress_policy": _rule("spec", "egress"),
    _PERIMETER: Resource(
        section="perimeter",
        arguments={
            **_TITLED,
            "description": "*",
            "name": "!=",
            "parent": f"!{_POLICY}",
            "perimeter_type": "!PERIMETER_TYPE_REGULAR",
            "use_explicit_dry_run_spec": "true",
            "deletion_policy": "PREVENT|DELETE",
            "lifecycle.prevent_destroy": "true",
            "lifecycle.ignore_changes[]": _OF_OTHERS,
            **{f"{block}.{path}": rule for block in ("status", "spec") for path, rule in _BLOCK.items()},
        },
        creation=f"POST {_API}/{{parent}}/servicePerimeters",
        import_id="{name}",
        api=Rest(
            ("title", "description", "status", "spec", "use_explicit_dry_run_spec"),
            created=("name", "perimeter_type"),
            places=("parent",),
            defaults={"perimeter_type": "PERIMETER_TYPE_REGULAR"},
        ),
    ),
    "google_access_context_manager_access_policy": Resource(
        section="perimeter",
        arguments={**_TITLED, "parent": "!=", "scopes[]": "!=", "deletion_policy": "PREVENT|DELETE"},
        creation=f"POST {_API}/accessPolicies",
        search=Search("google_access_context_manager_access_policy", "name", same=("parent", "scopes")),
        api=Rest(("title",), created=("parent", "scopes")),
    ),
}
