"""AWS on loopback: keys, accounts, addresses, and the way from an instance to the internet."""

import http.server
import ipaddress
import json
import threading
from collections.abc import Iterator

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from localcloud.aws import keys
from localcloud.aws.addresses import RANGES, Pool
from localcloud.cloud import LocalCloud
from tests.localcloud.account import ANYWHERE, REGION, Account, ask, client

pytestmark = pytest.mark.xdist_group("localcloud-aws")

CHECKIP = "https://checkip.amazonaws.com/"


def seen(cloud: LocalCloud, caller: str) -> str:
    """The address that the internet sees, "" if nothing gets there."""
    return ask(cloud, caller, CHECKIP).body.decode().strip()


@pytest.fixture(scope="module")
def instance(account: Account) -> str:
    return account.instance()


def test_only_moto_s_own_keys_sign(cloud: LocalCloud) -> None:
    assert client(cloud, "sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/deployer"
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"}
    for service, call, code in (
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("ssm", "list_documents", "InvalidSignatureException"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(client(cloud, service, wrong), call)()
        assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client(cloud, "sts", {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}).get_caller_identity()


def test_a_client_token_makes_one_of_a_kind_however_often_it_is_sent(account: Account) -> None:
    made = [account.ec2.create_route_table(VpcId=account.vpc, ClientToken=token) for token in ("one", "one", "two")]
    first, again, other = [one["RouteTable"]["RouteTableId"] for one in made]
    assert first == again != other


def test_a_nat_gateway_is_found_by_its_tags(account: Account) -> None:
    account.ec2.create_tags(Resources=[account.gateway], Tags=[{"Key": "Name", "Value": "ours"}])
    for values, found in ((["ours", "another"], [account.gateway]), (["another"], [])):
        answer = account.ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": values}])
        assert [gateway["NatGatewayId"] for gateway in answer["NatGateways"]] == found


def test_a_role_of_another_account_is_itself_and_no_other(cloud: LocalCloud) -> None:
    mine = cloud.as_caller("app", address="203.0.113.1", session="i-0abc")
    other = cloud.as_caller("app", address="203.0.113.1", session="i-0abc", account="210987654321")
    arns = [client(cloud, "sts", caller.keys).get_caller_identity()["Arn"] for caller in (mine, other)]
    assert arns == [f"arn:aws:sts::{account}:assumed-role/app/i-0abc" for account in ("123456789012", "210987654321")]
    assert client(cloud, "sts", other.keys).get_caller_identity()["UserId"] == other.key.userid
    assert client(cloud, "iam", other.keys).list_users()["Users"] == []
    assert cloud.as_caller("app", address="203.0.113.2", session="i-0abc").key == mine.key


def test_a_role_s_sessions_end_with_it(cloud: LocalCloud) -> None:
    caller, iam = cloud.as_caller("short-lived", address="203.0.113.1"), client(cloud, "iam")
    iam.delete_role(RoleName="short-lived")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client(cloud, "sts", caller.keys).get_caller_identity()
    later = cloud.as_caller("short-lived", address="203.0.113.1")
    assert later.key.userid != caller.key.userid
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client(cloud, "sts", caller.keys).get_caller_identity()


def test_another_partition_has_roles_of_its_own(cloud: LocalCloud) -> None:
    west = "us-gov-west-1"
    caller = cloud.as_caller("gov", address="203.0.113.1", region=west)
    assert client(cloud, "sts", caller.keys, west).get_caller_identity()["Arn"] == (
        "arn:aws-us-gov:sts::123456789012:assumed-role/gov/session"
    )
    assert client(cloud, "iam", caller.keys, west).get_role(RoleName="gov")["Role"]["Arn"].startswith("arn:aws-us-gov:")
    assert "arn:aws-us-gov:iam::123456789012:role/gov" in caller.document()
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client(cloud, "iam").get_role(RoleName="gov")


def test_a_container_gets_its_task_role_s_keys_for_its_token(cloud: LocalCloud) -> None:
    caller = cloud.as_caller("task", address="203.0.113.1")
    variables = caller.container
    url = "http://169.254.170.2" + variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert caller.key.secret.encode() in ask(cloud, "203.0.113.1", url, authorization=token).body
    assert ask(cloud, "203.0.113.1", url, authorization="x").status == 403
    assert ask(cloud, "203.0.113.1", url).status == 403
    assert ask(cloud, "203.0.113.1", url + "0", authorization=token).status == 404


def test_addresses_are_public_alternate_and_are_not_given_again_at_once() -> None:
    pool = Pool()
    first = [pool.take([]) for _ in range(508)]
    assert len(set(first)) == 508
    assert first[:3] == ["203.0.113.100", "198.51.100.100", "203.0.113.101"]
    assert all(any(ipaddress.ip_address(one) in network for network in RANGES) for one in first)
    assert pool.take([]) == first[0]
    assert pool.take([first[1], first[2]]) == first[3]
    with pytest.raises(RuntimeError, match="AddressLimitExceeded"):
        pool.take(first)


def test_an_instance_leaves_through_its_nat_gateway_s_address(
    cloud: LocalCloud, account: Account, instance: str
) -> None:
    assert any(ipaddress.ip_address(account.address["PublicIp"]) in network for network in RANGES)
    assert seen(cloud, instance) == account.address["PublicIp"]
    assert seen(cloud, f"{instance}~1") == account.address["PublicIp"]
    assert seen(cloud, "198.51.100.1") == "198.51.100.1"


def test_without_a_route_there_is_no_way_out(cloud: LocalCloud, account: Account, instance: str) -> None:
    account.ec2.delete_route(RouteTableId=account.routes, DestinationCidrBlock=ANYWHERE)
    assert seen(cloud, instance) == ""
    assert "has no default route" in cloud.journal.requests[-1]["lost"]
    account.ec2.create_route(RouteTableId=account.routes, DestinationCidrBlock=ANYWHERE, GatewayId=account.internet)
    assert seen(cloud, instance) == ""  # an internet gateway translates nothing for an instance with no public address
    account.ec2.replace_route(RouteTableId=account.routes, DestinationCidrBlock=ANYWHERE, NatGatewayId=account.gateway)
    assert seen(cloud, instance) == account.address["PublicIp"]


def test_a_nat_gateway_needs_the_internet_gateway(cloud: LocalCloud, account: Account, instance: str) -> None:
    account.ec2.detach_internet_gateway(InternetGatewayId=account.internet, VpcId=account.vpc)
    assert seen(cloud, instance) == ""
    account.ec2.attach_internet_gateway(InternetGatewayId=account.internet, VpcId=account.vpc)
    assert seen(cloud, instance) == account.address["PublicIp"]
    account.ec2.delete_route(RouteTableId=account.public_routes, DestinationCidrBlock=ANYWHERE)
    assert seen(cloud, instance) == ""
    account.ec2.create_route(
        RouteTableId=account.public_routes, DestinationCidrBlock=ANYWHERE, GatewayId=account.internet
    )


def test_a_security_group_that_lets_no_https_out_ends_the_way(
    cloud: LocalCloud, account: Account, instance: str
) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}
    account.ec2.revoke_security_group_egress(GroupId=account.group, IpPermissions=[everything])
    assert seen(cloud, instance) == ""
    for ports, allowed in (((80, 80), False), ((443, 443), True)):
        https = {"IpProtocol": "tcp", "FromPort": ports[0], "ToPort": ports[1], "IpRanges": [{"CidrIp": ANYWHERE}]}
        account.ec2.authorize_security_group_egress(GroupId=account.group, IpPermissions=[https])
        assert bool(seen(cloud, instance)) == allowed


def test_a_deleted_nat_gateway_carries_nothing_and_a_new_one_the_same_address(
    cloud: LocalCloud, account: Account, instance: str
) -> None:
    interfaces = len(account.ec2.describe_network_interfaces()["NetworkInterfaces"])
    account.ec2.delete_nat_gateway(NatGatewayId=account.gateway)
    assert seen(cloud, instance) == ""
    assert len(account.ec2.describe_network_interfaces()["NetworkInterfaces"]) == interfaces - 1
    gateway = account.ec2.create_nat_gateway(SubnetId=account.public, AllocationId=account.address["AllocationId"])
    account.gateway = gateway["NatGateway"]["NatGatewayId"]
    account.ec2.replace_route(RouteTableId=account.routes, DestinationCidrBlock=ANYWHERE, NatGatewayId=account.gateway)
    assert seen(cloud, instance) == account.address["PublicIp"]


def test_a_public_subnet_s_instance_leaves_by_an_elastic_ip_of_its_own(cloud: LocalCloud, account: Account) -> None:
    public = account.instance(subnet=account.public)
    assert seen(cloud, public) == ""
    address = account.ec2.allocate_address(Domain="vpc")
    account.ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=public)
    assert seen(cloud, public) == address["PublicIp"]


def test_a_terminated_instance_takes_its_network_interface_along(account: Account) -> None:
    before = account.ec2.describe_network_interfaces()["NetworkInterfaces"]
    one = account.instance()
    assert len(account.ec2.describe_network_interfaces()["NetworkInterfaces"]) == len(before) + 1
    account.ec2.terminate_instances(InstanceIds=[one])
    assert account.ec2.describe_network_interfaces()["NetworkInterfaces"] == before


def test_a_stopped_or_unknown_instance_goes_nowhere(cloud: LocalCloud, account: Account) -> None:
    stopped = account.instance()
    account.ec2.stop_instances(InstanceIds=[stopped])
    assert seen(cloud, stopped) == ""
    account.ec2.start_instances(InstanceIds=[stopped])
    assert seen(cloud, stopped) == account.address["PublicIp"]
    account.ec2.terminate_instances(InstanceIds=[stopped])
    assert seen(cloud, stopped) == ""
    assert seen(cloud, "i-0123456789abcdef0") == ""


def test_what_moto_lacks_is_an_error_that_nobody_repeats(cloud: LocalCloud, account: Account) -> None:
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        account.ec2.describe_local_gateways()
    assert "DescribeLocalGateways" in cloud.aws.moto.failures.pop()
    assert ask(cloud, "192.0.2.1", "https://ec2.ap-northeast-1.amazonaws.com/moto-api/reset", "POST").status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/moto-api/reset"), ("GET", "/moto-api/data.json"), ("GET", "/latest/meta-data/iam")],
)
def test_moto_s_own_paths_are_not_there_for_whoever_signs_either(
    cloud: LocalCloud, account: Account, method: str, path: str
) -> None:
    keys = cloud.deployer_environment()
    signed = AWSRequest(method=method, url=f"https://ec2.{REGION}.amazonaws.com{path}")
    SigV4Auth(Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]), "ec2", REGION).add_auth(signed)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    answer = ask(cloud, "192.0.2.1", signed.url, method, host=f"ec2.{REGION}.amazonaws.com", **headers)
    assert (answer.status, f"AWS has no path {path}" in answer.body.decode()) == (404, True)
    assert account.ec2.describe_vpcs(VpcIds=[account.vpc])["Vpcs"]


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """Somebody who is not in the local cloud: an address, and the paths that were asked for there."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_moto_connects_to_nobody_outside(cloud: LocalCloud, outside: tuple[str, list[str]]) -> None:
    address, asked = outside
    sns = client(cloud, "sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{address}/moto")
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        sns.publish(TopicArn=topic, Message="hello")
    assert "connects to nobody outside" in cloud.aws.moto.failures.pop()
    requests.post(f"{address}/ours", timeout=10)
    assert asked == ["/ours"]


def test_s3_keeps_what_is_put_into_it(cloud: LocalCloud) -> None:
    """As Terraform's s3 backend and `aws s3 cp` do, whose bodies are not signed."""
    s3, where = client(cloud, "s3"), {"Bucket": "state-1", "Key": "a folder/demo.tfstate"}
    s3.create_bucket(Bucket="state-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(**where, Body=b"{}")
    assert s3.get_object(**where)["Body"].read() == b"{}"
    assert s3.head_object(**where)["ContentLength"] == 2


OTHER, BUILDER = "210987654321", "arn:aws:iam::210987654321:role/deployment/terraform"


def trusting(**changes: object) -> str:
    """A trust policy for the deployer with an external id, but for `changes` of its statement."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    condition = {"StringEquals": {"sts:ExternalId": "keyless"}}
    return json.dumps({"Statement": [{**statement, "Condition": condition, **changes}]})


def both(*policies: str) -> str:
    return json.dumps({"Statement": [one for policy in policies for one in json.loads(policy)["Statement"]]})


def test_a_role_of_another_account_is_assumed_by_whom_it_trusts(cloud: LocalCloud) -> None:
    """What its session makes is in its account, and not in the one of the caller."""
    cloud.aws.let_deployer_assume(BUILDER, "keyless")
    made = client(cloud, "sts").assume_role(RoleArn=BUILDER, RoleSessionName="terraform", ExternalId="keyless")[
        "Credentials"
    ]
    session = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    session["AWS_SESSION_TOKEN"] = made["SessionToken"]
    assert client(cloud, "sts", session).get_caller_identity()["Account"] == OTHER
    theirs, ours = client(cloud, "ec2", session), client(cloud, "ec2")
    vpc = theirs.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    there = [{one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]} for ec2 in (theirs, ours)]
    assert [vpc in ids for ids in there] == [True, False]


@pytest.mark.parametrize(
    ("trust", "given"),
    [
        (trusting(), {}),
        (trusting(), {"ExternalId": "another"}),
        (trusting(Principal={"AWS": "arn:aws:iam::999999999999:root"}), {"ExternalId": "keyless"}),
        (trusting(Principal={"Service": "ec2.amazonaws.com"}), {"ExternalId": "keyless"}),
        (trusting(Action="sts:TagSession"), {"ExternalId": "keyless"}),
        (trusting(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), {}),
        (trusting(Effect="Deny"), {"ExternalId": "keyless"}),
        (both(trusting(), trusting(Effect="Deny")), {"ExternalId": "keyless"}),
        ("", {"ExternalId": "keyless"}),
    ],
)
def test_a_role_is_not_assumed_by_others(trust: str, given: dict[str, str], cloud: LocalCloud) -> None:
    arn = BUILDER if trust else f"{BUILDER}-of-nobody"
    if trust:
        keys.trusting(arn, trust)
    with pytest.raises(ClientError, match="AccessDenied.*not authorized to perform: sts:AssumeRole on resource"):
        client(cloud, "sts").assume_role(RoleArn=arn, RoleSessionName="terraform", **given)
