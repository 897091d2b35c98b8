"""Every row of the fault tables: what breaks -> layer, cause, fix, and what was not the cause."""

import json

import pytest

from localcloud.proxy import Response
from tests.client.conftest import document
from tests.cloud.google import UID, error, info, oauth_error, perimeter_denial

HTML = Response(502, b"<!DOCTYPE html><html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
AWS_SAYS = "Received invalid AWS response of type UNAUTHENTICATED with error: "
IAM = "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/my-project' (or it may not exist)."
SA = "demo-app@my-project.iam.gserviceaccount.com"
SET = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-aws/attribute.aws_role/demo-app-role"
ROLE_ARN = "arn:aws:sts::123456789012:assumed-role/demo-app-role/i-0123456789abcdef0"

# name: (service, answer), check, layer, exit code, words in cause, words in fix, words in not_cause
GOOGLE = {
    "attribute condition": (
        ("sts", oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition.")),
        "token-exchange", "token_exchange", 12, ["attribute condition", "demo-aws-app", ROLE_ARN], ["providers describe demo-aws-app", "--project=345678901234"], ["AWS confirmed"],
    ),
    "expired AWS token": (
        ("sts", oauth_error("invalid_grant", AWS_SAYS + "ExpiredToken: The security token included in the request is expired")),
        "token-exchange", "token_exchange", 12, ["expired"], ["AWS_SESSION_TOKEN"], ["condition"],
    ),
    "clock skew as AWS says it": (
        ("sts", oauth_error("invalid_grant", AWS_SAYS + "SignatureDoesNotMatch: Signature expired: 20261122T000000Z is now earlier than")),
        "token-exchange", "token_exchange", 12, ["the local clock is wrong, or was when it signed"], ["chronyc makestep"], ["role, provider"],
    ),
    "AWS rejects the keys": (
        ("sts", oauth_error("invalid_grant", AWS_SAYS + "InvalidClientTokenId: The security token included in the request is invalid")),
        "token-exchange", "token_exchange", 12, ["rejected the signed identity"], ["aws sts get-caller-identity", "aws.accountId"], ["network"],
    ),
    "pool or provider gone": (
        ("sts", oauth_error("invalid_target", 'The target service indicated by the "audience" parameters is invalid.')),
        "token-exchange", "token_exchange", 12, ["pool demo-aws", "provider demo-aws-app", "disabled"], ["undeleted for 30 days"], ["AWS credentials"],
    ),
    "sts 502 with HTML": (("sts", HTML), "token-exchange", "token_exchange", 12, ["502", "HTML"], ["--repeat"], ["denial is 403"]),
    "sts empty body": (("sts", Response(500)), "token-exchange", "token_exchange", 12, ["500", "empty body"], ["proxy"], []),
    "sts 200 empty": (("sts", Response(200)), "token-exchange", "token_exchange", 12, ["answered 200", "empty body"], ["proxy"], []),
    "sts truncated JSON": (("sts", Response(200, b'{"access_token": "ya29.trunc')), "token-exchange", "token_exchange", 12, ["truncated JSON"], ["proxy"], []),
    "sts gives a token that adds a header": (
        ("sts", Response(200, json.dumps({"access_token": "a\r\nX-Other: y", "issued_token_type": "x", "token_type": "Bearer", "expires_in": 3599}).encode())),
        "token-exchange", "token_exchange", 12, ["answered 200", "not what this API sends"], [], [],
    ),
    "iamcredentials gives a token that adds a header": (
        ("iamcredentials", Response(200, json.dumps({"accessToken": "a\r\nX-Other: y", "expireTime": "2099-01-01T00:00:00Z"}).encode())),
        "impersonation", "impersonation", 13, ["answered 200", "not what this API sends"], [], [],
    ),
    "sts disabled": (
        ("sts", error(403, "PERMISSION_DENIED", "x", info("SERVICE_DISABLED", service="sts.googleapis.com"))),
        "token-exchange", "api_disabled", 22, ["sts.googleapis.com", "345678901234"], ["gcloud services enable sts.googleapis.com --project=345678901234"], [],
    ),
    "perimeter at sts": (
        ("sts", perimeter_denial("sts.googleapis.com", "projects/345678901234")),
        "token-exchange", "perimeter", 20, ["sts.googleapis.com", UID, "203.0.113.7"], ["ANY_IDENTITY", f'vpcServiceControlsUniqueId="{UID}"', "--project=345678901234", "30 minutes"], ["AWS credentials"],
    ),
    "no workloadIdentityUser": (
        ("iamcredentials", error(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).", info("IAM_PERMISSION_DENIED", permission="iam.serviceAccounts.getAccessToken"))),
        "impersonation", "impersonation", 13, [SET, SA, "iam.serviceAccounts.getAccessToken"], ["TOML", f"add-iam-policy-binding {SA} --role=roles/iam.workloadIdentityUser --member='{SET}'"], ["token exchange passed"],
    ),
    "service account gone": (
        ("iamcredentials", error(404, "NOT_FOUND", "Not found; Gaia id not found for email " + SA)),
        "impersonation", "impersonation", 13, [SA, "does not exist"], ["service-accounts describe"], [],
    ),
    "iamcredentials off": (
        ("iamcredentials", error(403, "PERMISSION_DENIED", "IAM Service Account Credentials API has not been used in project 345678901234 before or it is disabled.")),
        "impersonation", "api_disabled", 22, ["iamcredentials.googleapis.com"], ["gcloud services enable iamcredentials.googleapis.com"], [],
    ),
    "impersonation empty": (("iamcredentials", Response(503)), "impersonation", "impersonation", 13, ["503", "empty body"], [], []),
    "impersonation bad time": (
        ("iamcredentials", Response(200, b'{"accessToken": "ya29.c.SecretInABadAnswer", "expireTime": "tomorrow"}')),
        "impersonation", "impersonation", 13, ["answered 200", "not what this API sends"], [], [],
    ),
    "token lifetime": (
        ("iamcredentials", error(400, "INVALID_ARGUMENT", "The lifetime is too long")),
        "impersonation", "impersonation", 13, ["longer token", "lifetime"], ["token_lifetime_seconds = 3600", "iam.allowServiceAccountCredentialLifetimeExtension"], [],
    ),
    "perimeter at iamcredentials": (
        ("iamcredentials", perimeter_denial("iamcredentials.googleapis.com", "projects/345678901234")),
        "impersonation", "perimeter", 20, ["iamcredentials.googleapis.com", UID], [SET], ["token exchange"],
    ),
    "perimeter": (
        ("gemini", perimeter_denial("aiplatform.googleapis.com", "projects/345678901234")),
        "gemini", "perimeter", 20, ["VPC Service Controls", UID, "203.0.113.7", "203.0.113.7/32"],
        ["the address is allowed", f"serviceAccount:{SA}", f'vpcServiceControlsUniqueId="{UID}"', "--project=my-project", "30 minutes"], ["IAM roles"],
    ),
    "perimeter, message only": (
        ("gemini", error(403, "PERMISSION_DENIED", f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {UID}")),
        "gemini", "perimeter", 20, [UID], [UID], [],
    ),
    "IAM": (
        ("gemini", error(403, "PERMISSION_DENIED", IAM)),
        "gemini", "iam", 21, [f"serviceAccount:{SA}", "aiplatform.endpoints.predict", "my-project"], ["TOML", f"--member='serviceAccount:{SA}' --role=projects/my-project/roles/demo_gemini_caller --condition=None"], ["perimeter"],
    ),
    "another precondition": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [{"type": "TOS", "description": "x"}]})),
        "gemini", "iam", 21, [SA], [], ["no violation"],
    ),
    "quota project": (
        ("gemini", error(403, "PERMISSION_DENIED", "Caller does not have required permission", info("USER_PROJECT_DENIED"))),
        "gemini", "iam", 21, [SA, "QUOTA_PROJECT"], ["remove quota_project_id"], ["perimeter"],
    ),
    "API off": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", info("SERVICE_DISABLED", service="aiplatform.googleapis.com"))),
        "gemini", "api_disabled", 22, ["aiplatform.googleapis.com", "my-project"], ["gcloud services enable aiplatform.googleapis.com --project=my-project"], ["permissions"],
    ),
    "wrong project": (
        ("gemini", error(403, "PERMISSION_DENIED", "Permission denied on resource project my-project.", info("CONSUMER_INVALID"))),
        "gemini", "configuration", 2, ["'my-project'"], ["GCP_PROJECT_ID"], ["token"],
    ),
    "model or location": (
        ("gemini", error(404, "NOT_FOUND", "Publisher Model `gemini-3.5-flash` was not found")),
        "gemini", "model_or_location", 23, ["no model gemini-3.5-flash at location global", "aiplatform.googleapis.com", "was not found"], ["GEMINI_MODEL"], ["passed"],
    ),
    "model or location, HTML": (("gemini", Response(404, b"<html>404</html>", {"Content-Type": "text/html"})), "gemini", "model_or_location", 23, ["no model gemini-3.5-flash"], ["GEMINI_MODEL"], []),
    "location not supported": (
        ("gemini", error(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")), "gemini", "model_or_location", 23, ["the country of the caller's address"], ["GCP_LOCATION does not change it"], [],
    ),
    "no billing": (
        ("gemini", error(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", info("BILLING_DISABLED", consumer="projects/my-project"))),
        "gemini", "api_disabled", 22, ["project my-project has no billing account"], ["gcloud billing projects link my-project"], ["permissions"],
    ),
    "wrong project number": (
        ("iamcredentials", error(403, "PERMISSION_DENIED", "x", info("CONSUMER_INVALID"))),
        "impersonation", "configuration", 2, ["'345678901234'"], ["audience"], [],
    ),
    "another service off": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", info("SERVICE_DISABLED", service="serviceusage.googleapis.com"))),
        "gemini", "api_disabled", 22, ["serviceusage.googleapis.com"], ["gcloud services enable serviceusage.googleapis.com --project=my-project"], [],
    ),
    "a service whose name is a command": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", info("SERVICE_DISABLED", service="x; curl evil.googleapis.com"))),
        "gemini", "api_disabled", 22, ["aiplatform.googleapis.com"], ["enable aiplatform.googleapis.com "], [],
    ),
    "sts quota": (
        ("sts", error(429, "RESOURCE_EXHAUSTED", "x")),
        "token-exchange", "quota", 24, ["sts.googleapis.com has no quota left: 429 (it says"], ["try again later, or ask for more quota for sts.googleapis.com in project 345678901234"], [],
    ),
    "federated token refused": (
        ("iamcredentials", error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")),
        "impersonation", "impersonation", 13, ["does not take the federated token"], ["gcloud iam workload-identity-pools describe demo-aws --location=global --project=345678901234"], [],
    ),
    "Gemini 408": (("gemini", error(408, "DEADLINE_EXCEEDED", "slow")), "gemini", "gemini", 25, ["answered 408", "slow"], ["--repeat"], []),
    "Gemini 400 allocation": (("gemini", error(400, "INVALID_ARGUMENT", "bad allocation of tokens")), "gemini", "gemini", 25, ["allocation"], ["prompt"], []),
    "perimeter, no identifier": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", info("SECURITY_POLICY_VIOLATED", uid="a b'; rm -rf /"))),
        "gemini", "perimeter", 20, ["violation unknown"], ['log_id("cloudaudit.googleapis.com/policy")'], [],
    ),
    "perimeter, by its precondition alone": (
        ("gemini", error(403, "PERMISSION_DENIED", "x", {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": UID}]})),
        "gemini", "perimeter", 20, [UID], [UID], [],
    ),
    "quota": (("gemini", error(429, "RESOURCE_EXHAUSTED", "Resource exhausted.")), "gemini", "quota", 24, ["429 after 3 attempt"], ["try again later, or ask for more quota"], ["let in"]),
    "Gemini 503": (("gemini", error(503, "UNAVAILABLE", "The model is overloaded.")), "gemini", "gemini", 25, ["is overloaded: 503", "The model is overloaded."], ["growing pauses"], ["quota"]),
    "Gemini 400": (("gemini", error(400, "INVALID_ARGUMENT", "The prompt is too long")), "gemini", "gemini", 25, ["400", "too long"], [], ["let in"]),
    "Gemini 401": (("gemini", error(401, "UNAUTHENTICATED", "Invalid credentials")), "gemini", "gemini", 25, ["does not take the token"], [f"describe {SA}"], []),
    "Gemini HTML": (("gemini", Response(200, b"<html>captive portal</html>")), "gemini", "gemini", 25, ["HTML"], ["proxy"], []),
    "Gemini empty": (("gemini", Response(200)), "gemini", "gemini", 25, ["empty body"], ["proxy"], []),
    "Gemini truncated": (("gemini", Response(200, b'{"candidates": [{"con')), "gemini", "gemini", 25, ["truncated JSON"], ["proxy"], []),
    "Gemini blocked": (("gemini", Response(200, b'{"promptFeedback": {"blockReason": "SAFETY"}}')), "gemini", "gemini", 25, ["without text", "SAFETY stopped the prompt"], ["safety settings"], []),
    "Gemini redirect": (("gemini", Response(302, b"", {"Location": "https://evil.example/"})), "gemini", "gemini", 25, ["302"], ["proxy"], []),
}  # fmt: skip


def _assert(fault, layer, code, cause, fix, not_cause):
    assert (fault["layer"], fault["exit_code"]) == (layer, code), fault
    for text, words in ((fault["cause"], cause), (fault["fix"], fix), (fault["not_cause"], not_cause)):
        for word in words:
            assert word in text, (word, text)


@pytest.mark.parametrize("name", GOOGLE)
def test_google_answers(world, name):
    (service, answer), check, layer, code, *words = GOOGLE[name]
    world.cloud.faults[service] = answer
    outcome = world.run("--json")
    assert outcome.code == code, outcome.out
    assert outcome.checks[check]["fault"] == outcome.fault
    _assert(outcome.fault, layer, code, *words)
    assert "evil.example" not in world.cloud.hosts
    if service == "gemini":
        calls = [called for called, *_ in world.cloud.log].count("gemini")
        assert calls == (3 if name in ("quota", "Gemini 503") else 1)
    human = world.run()
    assert human.code == code
    assert f"FAIL  {check}" in human.out
    assert outcome.fault["cause"] in human.out
    assert "      fix: " in human.out


INSTANCE = {
    "no role": ({"role": ""}, {}, "aws_identity", 11, ["no role"], ["associate-iam-instance-profile --instance-id i-0123456789abcdef0"], ["nothing was sent to Google"]),
    "metadata token 403": ({}, {"metadata": Response(403)}, "metadata", 10, ["403", "turned off", "X-Forwarded-For"], ["--http-endpoint enabled"], []),
    "metadata token 401": ({}, {"metadata": lambda r: Response(401) if r.method == "GET" else None}, "metadata", 10, ["401", "availability zone"], ["MetadataOptions"], []),
    "role is no name": ({}, {"metadata": lambda r: Response(200, b"a b") if r.path.endswith("security-credentials") else None}, "aws_identity", 11, ["names no role"], ["i-0123456789abcdef0"], []),
    "metadata HTML": ({}, {"metadata": HTML}, "metadata", 10, ["502"], ["NO_PROXY"], []),
    "metadata garbage token": ({}, {"metadata": Response(200, b"<html>\n</html>")}, "metadata", 10, ["not a session token"], ["proxy"], []),
    "keys rubbish": (
        {}, {"metadata": lambda r: Response(200, b"{}") if r.path.endswith("demo-app-role") else None}, "aws_identity", 11, ["not what AWS sends", "demo-app-role"], [], [],
    ),
    "keys expired": (
        {}, {"metadata": lambda r: _keys(Expiration="2020-01-01T00:00:00Z") if r.path.endswith("demo-app-role") else None}, "aws_identity", 11, ["expired at 2020-01-01"], ["chronyc"], [],
    ),
    "zone is no zone": ({"zone": "<b>"}, {}, "metadata", 10, ["'<b>' is no AWS region"], ["AWS_REGION"], []),
    "wrong account": ({"number": "999"}, {}, "token_exchange", 12, ["does not exist"], [], []),
    "condition, really": ({"condition": lambda arn: "other" in arn}, {}, "token_exchange", 12, [ROLE_ARN], [], []),
}  # fmt: skip


def _keys(**changes):
    keys = {
        "AccessKeyId": "ASIAQ3EGUXK7N2VTBL4D",
        "SecretAccessKey": "s" * 40,
        "Token": "t" * 60,
        "Expiration": "2099-01-01T00:00:00Z",
    }
    return Response(200, json.dumps(keys | changes).encode())


@pytest.mark.parametrize("name", INSTANCE)
def test_instance(world, name):
    knobs, faults, layer, code, *words = INSTANCE[name]
    for knob, value in knobs.items():
        setattr(world.cloud, knob, value)
    world.cloud.faults.update(faults)
    outcome = world.run("--json")
    assert outcome.code == code, outcome.out
    _assert(outcome.fault, layer, code, *words)


def test_imdsv1_document_on_a_v2_only_host(world):
    world.write(document(source={"imdsv2_session_token_url": None}))
    outcome = world.run("--json")
    _assert(outcome.fault, "metadata", 10, ["requires IMDSv2", "imdsv2_session_token_url"], ["--enable-imdsv2"], [])
    assert any("imdsv2" in w for w in outcome.json["warnings"])
    world.cloud.imdsv2_required = False
    assert world.run("--json").code == 0


def test_perimeter_denial_names_the_address_that_is_not_allowed(world):
    world.env(**world.proxy.environment("198.51.100.9"))
    world.cloud.allowed = frozenset({"203.0.113.7"})
    outcome = world.run("--json")
    assert outcome.code == 20
    _assert(
        outcome.fault,
        "perimeter",
        20,
        ["own egress address 198.51.100.9", "allowed 203.0.113.7/32", UID],
        ["add 198.51.100.9 to the access level"],
        [],
    )
    assert outcome.fault["identifier"] == UID


def test_direct_access(world):
    world.write(
        document(service_account_impersonation_url=None, token_info_url="https://sts.googleapis.com/v1/introspect")
    )
    world.cloud.direct = True
    outcome = world.run("--json")
    assert outcome.code == 0
    assert outcome.checks["impersonation"]["status"] == "skipped"
    world.cloud.faults["gemini"] = error(403, "PERMISSION_DENIED", IAM)
    _assert(world.run("--json").fault, "iam", 21, [SET], [SET], [])


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_skewed_clock(world, ahead):
    world.cloud.clock_ahead = ahead
    outcome = world.run("--json")
    word = "behind" if ahead > 0 else "ahead"
    assert outcome.code == 12
    _assert(outcome.checks["clock"]["fault"], "clock", 3, [f"s {word}"], ["chronyc"], [])
    _assert(outcome.fault, "token_exchange", 12, ["local clock is", word], ["chronyc makestep"], [])


def test_slightly_skewed_clock_is_a_note(world):
    world.cloud.clock_ahead = 120
    outcome = world.run("--json")
    assert outcome.code == 0
    assert any("from Google's" in w for w in outcome.json["warnings"])


def test_perimeter_denial_finds_the_address_even_if_it_was_not_asked_for(world):
    world.env(**world.proxy.environment("198.51.100.9"))
    world.cloud.allowed = frozenset({"203.0.113.7"})
    for arguments in (["--check", "gemini"], []):
        assert "own egress address 198.51.100.9" in world.run("--json", *arguments).fault["cause"]
    assert "own egress address unknown" in world.run("--json", "--no-egress").fault["cause"]
    world.cloud.restricted = frozenset({"sts.googleapis.com"})
    assert "own egress address 198.51.100.9" in world.run("--json").fault["cause"]


def _role_document(code):
    """What EC2 serves in place of keys (AWS IAM User Guide, "Troubleshoot IAM and Amazon EC2")."""
    text = {"Code": code, "Message": "EC2 cannot assume the role demo-app-role.", "LastUpdated": "2026-11-26T00:00:00Z"}
    return Response(200, json.dumps(text, indent=1).encode())


def test_role_that_ec2_may_not_assume(world):
    refused = _role_document("AssumeRoleUnauthorizedAccess")
    world.cloud.faults["metadata"] = lambda r: refused if r.path.endswith("/demo-app-role") else None
    words = (
        ["EC2 may not assume the instance's role demo-app-role"],
        ["get-role --role-name demo-app-role", "trust policy"],
    )
    _assert(world.run("--json").fault, "aws_identity", 11, *words, ["nothing was sent to Google"])


@pytest.mark.parametrize(
    ("code", "cause", "fix"),
    [
        ("AssumeRoleUnauthorizedAccess", "may not assume the instance's role:", "get-role --role-name ROLE"),
        ("InstanceProfileNotFound", "profile does not exist any more", "--instance-id i-0123456789abcdef0"),
        ("Success", "the instance has no role", "associate-iam-instance-profile --instance-id i-0123456789abcdef0"),
    ],
)
def test_what_the_profile_says_where_there_is_no_role(world, code, cause, fix):
    world.cloud.role = ""
    world.cloud.faults["metadata"] = lambda r: _role_document(code) if r.path.endswith("/iam/info") else None
    _assert(world.run("--json").fault, "aws_identity", 11, [cause], [fix], [])


SILENT = {
    "MAX_TOKENS": ({"candidates": [{"finishReason": "MAX_TOKENS"}]}, "MAX_TOKENS stopped the answer", "max_output_tokens"),
    "SAFETY of the answer": ({"candidates": [{"finishReason": "SAFETY"}]}, "SAFETY stopped the answer", "safety settings"),
    "Model Armor, prompt": (
        {"promptFeedback": {"blockReason": "MODEL_ARMOR", "blockReasonMessage": "Blocked by Floor Setting. It violated Prompt Injection filter."}},
        "MODEL_ARMOR stopped the prompt (it says: Blocked by Floor Setting. It violated Prompt Injection filter.)", "Model Armor template or floor setting",
    ),
    "Model Armor, answer": (
        {"candidates": [{"finishReason": "MODEL_ARMOR", "finishMessage": "Blocked by template."}]}, "MODEL_ARMOR stopped the answer (it says: Blocked by template.)", "Model Armor",
    ),
    "a reason of tomorrow": ({"candidates": [{"finishReason": "NEW_REASON", "finishMessage": "a\u202eb\n\x1b[31m"}]}, "NEW_REASON stopped the answer (it says: a b [31m)", "ask something else"),
    "nothing at all": ({"candidates": [{"finishReason": "STOP"}]}, "no reason given", "ask something else"),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_gemini_says_nothing(world, name):
    body, cause, fix = SILENT[name]
    world.cloud.faults["gemini"] = Response(200, json.dumps(body).encode())
    outcome = world.run("--json")
    assert outcome.code == 25
    _assert(outcome.fault, "gemini", 25, [cause], [fix], ["passed"])


def test_each_reason_to_stop_has_a_fix_of_its_own_or_the_common_one():
    """google-genai's own lists: a value that a later version adds turns this red until somebody looks at it."""
    from google.genai import types

    from client.silence import silent_fault

    common = {
        "STOP", "OTHER", "LANGUAGE", "FINISH_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED", "IMAGE_OTHER", "NO_IMAGE",
        "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "ESCALATION", "PUP_LIMITED_DISABLED",
    }  # fmt: skip
    for reason in types.FinishReason:
        fault = silent_fault(types.GenerateContentResponse(candidates=[types.Candidate(finish_reason=reason)]))
        assert ("ask something else" in fault.fix) == (reason.value in common), reason
    for reason in types.BlockedReason:
        feedback = types.GenerateContentResponsePromptFeedback(block_reason=reason)
        fault = silent_fault(types.GenerateContentResponse(prompt_feedback=feedback))
        assert ("ask something else" in fault.fix) == (reason.value in common), reason
