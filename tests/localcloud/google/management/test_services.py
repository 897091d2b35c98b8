"""Service Usage."""

from .deployer import PROJECT, Deployer

SERVICES = f"serviceusage/v1/projects/{PROJECT}/services"


def test_enabling_is_repeatable_and_disabling_ends_it(fresh: Deployer) -> None:
    for _ in range(2):
        service = fresh.ok("POST", f"{SERVICES}/iam.googleapis.com:enable", {})["service"]
        assert service["state"] == "ENABLED"
    assert fresh.ok("GET", f"{SERVICES}/iam.googleapis.com")["state"] == "ENABLED"
    fresh.ok("POST", f"{SERVICES}/iam.googleapis.com:disable", {})
    assert fresh.ok("GET", f"{SERVICES}/iam.googleapis.com")["state"] == "DISABLED"


def test_twenty_at_once_and_no_more(fresh: Deployer) -> None:
    names = [f"service{index}.googleapis.com" for index in range(21)]
    assert fresh.refused("POST", f"{SERVICES}:batchEnable", {"serviceIds": names})[0] == 400
    assert fresh.refused("POST", f"{SERVICES}:batchEnable", {"serviceIds": []})[0] == 400
    assert len(fresh.ok("POST", f"{SERVICES}:batchEnable", {"serviceIds": names[:20]})["services"]) == 20


def test_what_is_no_service_enables_nothing(fresh: Deployer) -> None:
    body = {"serviceIds": ["iam.googleapis.com", "example.com"]}
    assert "example.com" in fresh.refused("POST", f"{SERVICES}:batchEnable", body)[2]
    assert "iam.googleapis.com" not in fresh.state.services[PROJECT]


def test_only_what_is_asked_for_is_listed(fresh: Deployer) -> None:
    listed = fresh.ok("GET", f"{SERVICES}?filter=state:DISABLED")["services"]
    assert "projects/345678901234/services/iam.googleapis.com" in [service["name"] for service in listed]
    assert {service["state"] for service in listed} == {"DISABLED"}
    assert fresh.refused("GET", f"{SERVICES}?filter=state:ALL")[0] == 400
