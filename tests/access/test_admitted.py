"""The addresses that an enforced perimeter lets in, from a state."""

from ipaddress import ip_network
from typing import Any

from access.admitted import admitted
from access.states import of_state

LEVEL = "accessPolicies/1/accessLevels/workloads"


def state(side: str) -> dict[str, Any]:
    config = {
        "restricted_services": ["aiplatform.googleapis.com"],
        "ingress_policies": [{"ingress_from": [{"sources": [{"access_level": LEVEL}]}]}],
    }
    return {
        "resources": [
            resource("service_perimeter", status=[], spec=[]),
            resource("service_perimeter", **{"status": [], "spec": [], side: [config]}),
            resource("access_level", name=LEVEL, basic=[{"conditions": [{"ip_subnetworks": ["203.0.113.7/32"]}]}]),
            resource("access_level", name="other", basic=[{"conditions": [{"ip_subnetworks": ["203.0.113.8/32"]}]}]),
        ]
    }


def resource(kind: str, **attributes: Any) -> dict[str, Any]:
    kind = f"google_access_context_manager_{kind}"
    return {"mode": "managed", "type": kind, "name": "it", "instances": [{"attributes": attributes}]}


def test_the_addresses_of_the_levels_that_enforced_rules_name() -> None:
    assert admitted(of_state(state("status"))) == {ip_network("203.0.113.7/32")}


def test_a_dry_run_lets_nobody_in_since_it_keeps_nobody_out() -> None:
    assert admitted(of_state(state("spec"))) == set()
