"""The whole chain against both clouds: real google-auth, real google-genai, real host names, real signatures."""

ALL = ["config", "document", "clock", "metadata", "aws-identity", "token-exchange", "impersonation", "egress", "gemini"]


def test_healthy(world):
    outcome = world.run()
    assert outcome.code == 0, outcome.out
    assert [line.split()[1] for line in outcome.out.splitlines() if line.startswith("ok")] == ALL
    assert outcome.out.rstrip().endswith(world.cloud.answer)
    assert "\033" not in outcome.out
