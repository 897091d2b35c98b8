"""`[client]`: what the network of the instances needs, in the document, in user data and in the security group."""

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from constructs_lib.limits import MAX_PEM
from stacks.settings import SettingsError
from stacks.settings.load import parse
from stacks.settings.warnings import warnings_of
from tests.synthesis import addresses, from_settings, resources, synthesized, tables

ROOT = Path(__file__).parents[2]
PEM = trustme.CA().cert_pem.bytes().decode()
PROXY = '[client]\nhttps_proxy = "http://proxy.example.com:3128"\n'
INDEX = 'index_url = "https://pypi.example.com:8443/simple"\n'


def rules(*more: str) -> dict[str, tuple[int, int]]:
    found = synthesized(*more).aws["resource"]["aws_vpc_security_group_egress_rule"]
    return {name: (rule["from_port"], rule["to_port"]) for name, rule in found.items()}


def test_a_port_other_than_443_adds_one_rule_and_moves_none() -> None:
    before = rules()
    assert list(before.values()) == [(443, 443)]
    assert rules('[client]\nindex_url = "https://pypi.example.com/simple"') == before
    both = rules(PROXY + INDEX)
    assert before.items() <= both.items(), "the default rule keeps its address"
    assert sorted(both.values()) == [(443, 443), (3128, 3128), (8443, 8443)]
    assert any(name.startswith("workload_app_tcp-3128_") for name in both), "by port: no other port moves it"
    assert rules(PROXY).items() <= both.items()
    assert rules(PROXY, '[client]\nindex_url = "https://pypi.example.com:3128/simple"') == rules(PROXY)


def test_an_instance_waits_for_its_rules() -> None:
    (instance,) = resources(synthesized(PROXY).aws, "aws_instance")
    assert sum(each.startswith("aws_vpc_security_group_egress_rule.") for each in instance["depends_on"]) == 2


def test_no_setting_of_the_client_moves_another_address() -> None:
    everything = PROXY + INDEX + f'certificate_authority = """{PEM}"""\nvariables = {{ A = "b" }}\n'
    added = set(addresses(synthesized(everything).aws)) - set(addresses(synthesized().aws))
    assert {address.split(".")[0] for address in added} == {"aws_vpc_security_group_egress_rule"}
    assert set(addresses(synthesized().aws)) <= set(addresses(synthesized(everything).aws))
    assert synthesized(everything).google == synthesized().google


def script(*more: str) -> str:
    (document,) = resources(synthesized(*more).aws, "aws_ssm_document", "delivery_")
    return "\n".join(json.loads(document["content"])["mainSteps"][0]["inputs"]["runCommand"])


def bootstrap(*more: str) -> str:
    (instance,) = resources(synthesized(*more).aws, "aws_instance")
    return gzip.decompress(base64.b64decode(instance["user_data_base64"])).decode()


METADATA = "169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23"


def test_the_metadata_addresses_never_go_through_a_proxy() -> None:
    for more in ("", PROXY + 'no_proxy = [".example.com", "10.0.0.5"]\n'):
        exceptions = f"{'.example.com,10.0.0.5,' if more else ''}{METADATA}"
        for name in ("NO_PROXY", "no_proxy"):
            assert f"\n{name}={exceptions}\n" in script(more)
        assert exceptions in bootstrap(more)


def test_proxy_and_authority_are_in_user_data_since_it_fetches_the_document() -> None:
    text = bootstrap(f'{PROXY}certificate_authority = """\n{PEM}"""')
    assert "proxy='http://proxy.example.com:3128'" in text
    assert f"authority='{PEM.strip()}'" in text
    path = bootstrap('[client]\ncertificate_authority = "/etc/pki/tls/certs/company.pem"')
    assert "authority='/etc/pki/tls/certs/company.pem'" in path
    assert "SSL_CERT_FILE=/etc/pki/tls/certs/company.pem" in script(
        '[client]\ncertificate_authority = "/etc/pki/tls/certs/company.pem"'
    )


def test_further_variables_are_the_clients() -> None:
    assert """\nLOG_LEVEL='it'"'"'s $HOME'\n""" in script('[client]\nvariables = { LOG_LEVEL = "it\'s $HOME" }')


@pytest.mark.parametrize(
    ("toml", "path", "said"),
    [
        ('index_url = "https://me:secret@pypi.example.com"', "client.index_url", "leave user and password out"),
        ('https_proxy = "http://me:secret@proxy:3128"', "client.https_proxy", "leave user and password out"),
        ('https_proxy = "https://proxy:3128"', "client.https_proxy", "http://HOST:PORT"),
        ('https_proxy = "http://proxy"', "client.https_proxy", "http://HOST:PORT"),
        ('no_proxy = ["*"]', "client.no_proxy[0]", "no \\*"),
        ('certificate_authority = "ca.pem"', "client.certificate_authority", "an absolute path"),
        ('certificate_authority = """-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n"""', "client.certificate_authority", "private key"),
        ('variables = { AWS_PROFILE = "x" }', "client.variables.AWS_PROFILE", "no AWS_"),
        ('variables = { GOOGLE_API_KEY = "x" }', "client.variables.GOOGLE_API_KEY", "GOOGLE_"),
        ('variables = { https_proxy = "x" }', "client.variables.https_proxy", "proxy"),
        ('variables = { No_Proxy = "x" }', "client.variables.No_Proxy", "proxy"),
        ('variables = { PATH = "x" }', "client.variables.PATH", "PATH"),
        ('variables = { LD_PRELOAD = "x" }', "client.variables.LD_PRELOAD", "LD_"),
        ('variables = { PYTHONPATH = "x" }', "client.variables.PYTHONPATH", "PYTHON"),
        ('variables = { GCP_LOCATION = "x" }', "client.variables.GCP_LOCATION", "GCP_"),
        ('variables = { KEYLESS_RELEASE = "x" }', "client.variables.KEYLESS_RELEASE", "KEYLESS_"),
        ('variables = { SSL_CERT_FILE = "x" }', "client.variables.SSL_CERT_FILE", "certificate authority"),
        ('variables = { PIP_INDEX_URL = "x" }', "client.variables.PIP_INDEX_URL", "PIP_"),
        ('variables = { A = "a\\nb" }', "client.variables.A", "one line"),
        ('variables = { A = "{{ x }}" }', "client.variables.A", "one line"),
        (f'variables = {{ A = "{"x" * 1024}" }}', "client.variables", "at most 1024 bytes"),
        ('variables = { A = "${path.cwd}" }', "client.variables.A", "a literal"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_by_its_path_and_never_shown_if_it_is_secret(toml: str, path: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        parse(tables(f"[client]\n{toml}"), "test.toml")
    assert f"{path}: " in str(refused.value)
    assert "secret" not in str(refused.value).replace("secrets", "")
    assert "c2VjcmV0" not in str(refused.value)


def test_settings_of_instances_need_an_instance() -> None:
    theirs = '[[workload]]\nname = "app"\nrole_name = "theirs"'
    with pytest.raises(SettingsError, match=r"client\.https_proxy: has no effect"):
        parse(tables(PROXY, theirs), "test.toml")


def test_a_variable_that_looks_like_a_secret_is_warned_of() -> None:
    settings = parse(tables('[client]\nvariables = { DB_PASSWORD = "x", LOG_LEVEL = "x" }'), "test.toml")
    (warning,) = [each for each in warnings_of(settings) if "client" in each]
    assert warning.startswith("client.variables.DB_PASSWORD: ")


def certificates() -> str:
    """Different ones, which do not compress, up to the limit."""
    text = ""
    while len(text + (one := trustme.CA().cert_pem.bytes().decode())) <= MAX_PEM:
        text += one
    return text


@pytest.mark.parametrize("auth", ["impersonation", "direct"])
def test_the_largest_document(auth: str) -> None:
    """Longest names, each setting, as many zones as a region has, and addresses in place of references: below 58,000."""
    prefix = "a" * 20
    zones = [f"ap-northeast-1{letter}" for letter in "acd"]
    more = f"""
prefix = "{prefix}"
[aws]
region = "ap-northeast-1"
[aws.network]
zones = {json.dumps(zones)}
nat = "per-zone"
[google]
project_id = "{"p" * 30}"
project_number = "{"9" * 15}"
pool_id = "{"p" * 32}"
provider_id = "{"p" * 32}"
{"" if auth == "direct" else "token_lifetime_seconds = 43200"}
[[workload]]
name = "app"
auth = "{auth}"
zone = "ap-northeast-1a"
{"" if auth == "direct" else f'service_account_id = "{"s" * 30}"'}
[gemini]
model = "{"m" * 63}"
location = "northamerica-northeast1"
[client]
index_url = "https://{".".join(["h" * 63] * 3)}:8443/simple"
https_proxy = "http://{".".join(["h" * 63] * 3)}:3128"
no_proxy = {json.dumps([f"{number}{'h' * 49}" for number in range(10)])}
certificate_authority = '''{certificates()}'''
variables = {{ A = "{"é" * 511}" }}
"""
    aws = from_settings(parse(tables(more), "test.toml"), "test").aws
    sizes = {document["name"]: len(document["content"].encode()) for document in resources(aws, "aws_ssm_document")}
    assert sizes.keys() >= {f"{prefix}-app-client", f"{prefix}-client-release-1"}
    assert max(sizes.values()) < 58_000, sizes
    (instance,) = resources(aws, "aws_instance")
    assert len(base64.b64decode(instance["user_data_base64"])) < 16_384


def test_a_workload_more_adds_no_copy_of_the_client() -> None:
    def size(count: int) -> int:
        more = "".join(f'[[workload]]\nname = "w{number}"\n' for number in range(count))
        return sum(len(document["content"]) for document in resources(synthesized(more).aws, "aws_ssm_document"))

    assert size(20) - size(1) < 19 * 9_000


def test_no_workloads_document_has_the_name_of_a_shared_one() -> None:
    names = ["client", "client-release", "client-release-1", "release-1"]
    more = "".join(f'[[workload]]\nname = "{name}"\n' for name in names)
    found = [document["name"] for document in resources(synthesized(more).aws, "aws_ssm_document")]
    assert len(set(found)) == len(found) >= len(names) + 1
    assert sum(name.endswith("-client") for name in found) == len(names), "a shared one ends in its number"


def test_without_an_instance_there_is_no_document() -> None:
    assert resources(synthesized('[[workload]]\nname = "app"\nrole_name = "theirs"').aws, "aws_ssm_document") == []


PACK = """
import hashlib, importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("packing", "constructs_lib/aws/packing.py")
packing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(packing)
files = {path.name: path.read_bytes() for path in sorted(pathlib.Path("client").glob("*.py"))}
print(hashlib.sha256("".join(packing.lines(packing.pack(files))).encode()).hexdigest())
"""


def pythons() -> list[str]:
    """Every Python from 3.11 to 3.14 that is installed here."""
    names = [f"python3.{minor}" for minor in (11, 12, 13, 14)]
    others = sorted(Path(sys.base_prefix).parent.glob("3.1[1-4].*/bin/python3"))
    return [sys.executable, *names, *map(str, others)]


def test_the_packed_bytes_are_the_same_on_every_python() -> None:
    digests = {}
    for python in pythons():
        try:
            done = subprocess.run([python, "-c", PACK], cwd=ROOT, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            continue
        if done.returncode == 0:
            digests[python] = done.stdout
    assert sys.executable in digests
    if len(digests) == 1:
        pytest.skip("needs another Python from 3.11 to 3.14")
    assert len(set(digests.values())) == 1, digests
