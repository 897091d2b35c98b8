"""Storage: a service that a perimeter restricts and that no rule of the kit lets anybody in to."""

from .world import INSIDE, OUTSIDE, PERIMETER, PROJECT, configuration

BUCKETS = f"/storage/v1/b?project={PROJECT}"


def buckets(world, **how):
    world.state.services[PROJECT]["storage.googleapis.com"] = 0.0
    return world.send("storage", BUCKETS, http="GET", **how)


def test_the_owner_sees_that_there_are_none(world):
    assert buckets(world, egress=OUTSIDE) == (200, {"kind": "storage#buckets"})


def test_the_workload_may_not_look(world):
    status, answer = buckets(world, token=world.impersonated())
    assert (status, answer["error"]["details"][0]["metadata"]["permission"]) == (403, "storage.buckets.list")


def test_restricted_it_is_closed_to_the_owner_and_from_the_workload_s_address_too(world):
    world.state.service_perimeters[PERIMETER]["status"] = configuration("storage")
    status, answer = buckets(world, egress=INSIDE)
    assert (status, answer["error"]["details"][1]["reason"]) == (403, "SECURITY_POLICY_VIOLATED")
    assert world.state.log_entries[-1]["protoPayload"]["methodName"] == "storage.buckets.list"


def test_a_project_that_is_not_there(world):
    status, _ = world.send("storage", "/storage/v1/b?project=nobody-s", http="GET")
    assert status == 403
