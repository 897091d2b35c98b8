"""The whole chain with the real google-auth and google-genai: exchange, impersonation, Gemini, and each denial."""

import pytest
from google.auth import exceptions
from google.genai import errors

from .world import EMAIL, INSIDE, OUTSIDE, PERIMETER, PROJECT, ROLE, ROLE_SET, configuration, rule

MODEL = "gemini-3.5-flash"


def ask(libraries, **options):
    with libraries.gemini(**options) as client:
        return client.models.generate_content(model=MODEL, contents="hello").text


def test_the_workload_gets_its_answer(libraries):
    assert "gemini-3.5-flash at global" in ask(libraries)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_both_versions_stream(libraries, version):
    with libraries.gemini(version=version) as client:
        parts = [part.text for part in client.models.generate_content_stream(model=MODEL, contents="hello")]
    assert len(parts) == 2
    assert "".join(parts) == ask(libraries, version=version)


def test_a_multi_region_has_its_own_host(libraries):
    assert "at eu" in ask(libraries, location="eu")


def test_direct_access(libraries):
    libraries.world.state.iam_policies[f"projects/{PROJECT}"]["bindings"][1]["members"] = [ROLE_SET]
    status = libraries.world.state.service_perimeters[PERIMETER]["status"]
    status["ingressPolicies"] = [rule(identities=[ROLE_SET])]
    assert "Hello" in ask(libraries, credentials=libraries.credentials(direct=True))
    with pytest.raises(errors.ClientError) as denied:  # the service account itself is granted nothing now
        ask(libraries)
    assert denied.value.code == 403


def test_an_address_that_is_not_in_the_list(libraries):
    libraries.from_address(OUTSIDE)
    with pytest.raises(errors.ClientError) as denied:
        ask(libraries)
    body = denied.value.details["error"]
    uid = body["details"][0]["violations"][0]["description"]
    assert (body["code"], body["status"]) == (403, "PERMISSION_DENIED")
    assert body["message"].endswith(f"vpcServiceControlsUniqueIdentifier: {uid}")
    (entry,) = libraries.world.entries(f'protoPayload.metadata.vpcServiceControlsUniqueId="{uid}"')
    assert entry["protoPayload"]["requestMetadata"]["callerIp"] == OUTSIDE
    assert entry["protoPayload"]["authenticationInfo"] == {"principalEmail": EMAIL}


def test_a_restricted_token_service(libraries):
    status = libraries.world.state.service_perimeters[PERIMETER]["status"]
    status |= configuration("sts", rules=[rule("sts", identities=[ROLE_SET])])
    with pytest.raises(exceptions.OAuthError) as denied:  # the exchange carries no identity
        libraries.token()
    assert "SECURITY_POLICY_VIOLATED" in denied.value.args[1]
    status["ingressPolicies"] = [rule("sts", identityType="ANY_IDENTITY")]
    assert libraries.token()
    libraries.from_address(OUTSIDE)
    with pytest.raises(exceptions.OAuthError):
        libraries.token()


def test_a_restricted_impersonation(libraries):
    status = libraries.world.state.service_perimeters[PERIMETER]["status"]
    status |= configuration("iamcredentials", rules=[rule("iamcredentials", identities=[f"serviceAccount:{EMAIL}"])])
    with pytest.raises(exceptions.RefreshError, match="Unable to acquire impersonated") as denied:
        libraries.token()
    assert "SECURITY_POLICY_VIOLATED" in denied.value.args[1]
    status["ingressPolicies"] = [rule("iamcredentials", identities=[ROLE_SET])]
    assert libraries.token()


@pytest.mark.parametrize(
    ("role", "account"), [("other", "123456789012"), ("demo-app", "999999999999"), ("demo-app2", "123456789012")]
)
def test_another_role_or_account_gets_no_token(libraries, role, account):
    key = libraries.world.caller(role, account)
    with pytest.raises(exceptions.OAuthError) as refused:
        libraries.token(key)
    code = "invalid_grant" if account == "999999999999" else "unauthorized_client"
    assert code in refused.value.args[0]


def test_whoever_may_not_impersonate(libraries):
    libraries.world.state.iam_policies[f"projects/{PROJECT}/serviceAccounts/{EMAIL}"]["bindings"] = []
    with pytest.raises(exceptions.RefreshError) as refused:
        libraries.token()
    assert "iam.serviceAccounts.getAccessToken" in refused.value.args[1]


def test_whoever_may_not_predict(libraries):
    libraries.world.state.iam_policies[f"projects/{PROJECT}"]["bindings"][1]["members"] = []
    with pytest.raises(errors.ClientError) as refused:
        ask(libraries)
    assert "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform" in refused.value.message
    (detail,) = refused.value.details["error"]["details"]
    assert (detail["reason"], detail["metadata"]["permission"]) == (
        "IAM_PERMISSION_DENIED",
        "aiplatform.endpoints.predict",
    )


def test_a_disabled_role_grants_nothing(libraries):
    for change in ({"deleted": True}, {"stage": "DISABLED"}):
        libraries.world.state.roles[ROLE] = {"includedPermissions": ["aiplatform.endpoints.predict"], **change}
        with pytest.raises(errors.ClientError, match=r"aiplatform\.endpoints\.predict"):
            ask(libraries)


def test_a_model_or_location_that_is_not_served(libraries):
    for options in ({"location": "asia-northeast1"}, {}):
        with libraries.gemini(**options) as client, pytest.raises(errors.ClientError) as missing:
            client.models.generate_content(model="gemini-2.5-flash" if not options else MODEL, contents="hello")
        assert missing.value.code == 404
        assert "Publisher Model `projects/" in missing.value.message


def test_the_perimeter_speaks_before_iam_and_the_api_before_the_perimeter(libraries):
    world = libraries.world
    world.state.iam_policies[f"projects/{PROJECT}"]["bindings"] = []
    libraries.from_address(OUTSIDE)
    with pytest.raises(errors.ClientError, match="prohibited by organization"):
        ask(libraries)
    del world.state.services[PROJECT]["aiplatform.googleapis.com"]
    with pytest.raises(errors.ClientError, match="it is disabled"):
        ask(libraries)


def test_the_dummy_address_of_the_article_denies_the_instance_itself(libraries):
    (level,) = libraries.world.state.access_levels.values()
    level["basic"]["conditions"][0]["ipSubnetworks"] = ["192.0.2.1/32"]
    with pytest.raises(errors.ClientError, match="prohibited by organization"):
        ask(libraries)
    assert libraries.world.decisions[-1][1].enforced.reason == "NO_MATCHING_ACCESS_LEVEL"


def test_the_journal_hears_of_every_decision(libraries):
    ask(libraries)
    told = [(call.service.partition(".")[0], decision.enforced.allowed) for call, decision in libraries.world.decisions]
    assert told == [("sts", True), ("iamcredentials", True), ("aiplatform", True)]
    assert libraries.world.decisions[-1][1].enforced.rule == 'ingress rule "aiplatform from AWS" of demo_perimeter'
    assert libraries.world.decisions[-1][0].request.egress == INSIDE
