"""Instances, as far as the kit describes them."""

from base64 import b64decode
from typing import Any

from botocore import xform_name

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .client import tag_list, tag_map, tags_of
from .ec2 import Object

KNOWN = {
    "ami", "associate_public_ip_address", "iam_instance_profile", "instance_type", "metadata_options",
    "root_block_device", "subnet_id", "tags", "user_data_base64", "vpc_security_group_ids",
}  # fmt: skip
METADATA = {
    "http_endpoint": "HttpEndpoint",
    "http_put_response_hop_limit": "HttpPutResponseHopLimit",
    "http_tokens": "HttpTokens",
}

SIZE, KEY = "root_block_device[0].volume_size", "root_block_device[0].kms_key_id"


class Instance(Object):
    """Runs in one subnet, with one disk. Groups, profile, metadata options, disk size and tags change in place."""

    def wanted(self, arguments: Arguments) -> Fields:
        if unknown := sorted(arguments.keys() - KNOWN):
            raise ApplyError(f"the argument {unknown[0]} is not modelled")
        given = {
            name: arguments.get(name) for name in (*(self.forces - {KEY}), "instance_type", "iam_instance_profile")
        }
        metadata = {name: arguments.get("metadata_options", {}).get(name) for name in METADATA}
        groups = sorted(arguments.get("vpc_security_group_ids", []))
        disk = dict(arguments.get("root_block_device", {}))
        apart = {SIZE: disk.pop("volume_size", None), **({KEY: disk.pop("kms_key_id")} if "kms_key_id" in disk else {})}
        given |= {"tags": self.clients.tags(arguments), "disk": {n: value for n, value in disk.items() if n != "tags"}}
        return {**given, **apart, "vpc_security_group_ids": groups, "metadata_options": metadata}

    def read(self, id: str) -> Found | None:
        answer = self.clients.find("ec2", "describe_instances", InstanceIds=[id])
        items = [item for one in (answer or {}).get("Reservations", []) for item in one["Instances"]]
        if not items or items[0]["State"]["Name"] == "terminated":
            return None
        item = items[0]
        fields: Fields = {
            "ami": item["ImageId"], "subnet_id": item.get("SubnetId"), "instance_type": item["InstanceType"],
            "iam_instance_profile": item.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2] or None,
            "vpc_security_group_ids": sorted(group["GroupId"] for group in item["SecurityGroups"]),
            "metadata_options": {name: item.get("MetadataOptions", {}).get(key) for name, key in METADATA.items()},
            "tags": tag_map(item.get("Tags")), **self._disk(id),
        }  # fmt: skip
        plain = {xform_name(k): v for k, v in item.items() if isinstance(v, str)}
        placement = {"availability_zone": item["Placement"]["AvailabilityZone"]}
        return Found({**plain, **placement, **fields, "id": id, "private_ip": item.get("PrivateIpAddress")}, fields)

    def create(self, arguments: Arguments) -> str:
        answer = self.clients("ec2", "run_instances", MinCount=1, MaxCount=1, **self._request(arguments))
        id = str(answer["Instances"][0]["InstanceId"])
        self.clients.wait("ec2", "instance_running", InstanceIds=[id])
        return id

    def update(self, change: Change) -> None:
        known = {"tags", "vpc_security_group_ids", "metadata_options", "iam_instance_profile", SIZE}
        if beyond := change.fields - known:
            raise ApplyError(f"a change of {', '.join(sorted(beyond))} in place is not modelled")
        if "vpc_security_group_ids" in change.fields:
            groups = change.arguments["vpc_security_group_ids"]
            self.clients("ec2", "modify_instance_attribute", InstanceId=change.id, Groups=groups)
        if "metadata_options" in change.fields:
            self.clients("ec2", "modify_instance_metadata_options", InstanceId=change.id, **_metadata(change.arguments))
        if "iam_instance_profile" in change.fields:
            self._reassociate(change.id, change.arguments["iam_instance_profile"])
        if SIZE in change.fields:
            size = change.arguments["root_block_device"]["volume_size"]
            volume = self._volume(change.id)
            if size < volume["Size"]:
                raise ApplyError(f"{change.id}: its disk has {volume['Size']} GiB, and AWS shrinks no volume")
            self.clients("ec2", "modify_volume", VolumeId=volume["VolumeId"], Size=size)
        if "tags" in change.fields:
            present = {"Tags": tag_list(tags_of(self.read(change.id)))}
            self.retag(change.id, present, self.clients.tags(change.arguments))

    def delete(self, id: str) -> None:
        self.clients("ec2", "terminate_instances", InstanceIds=[id])
        self.clients.wait("ec2", "instance_terminated", InstanceIds=[id])

    def _volume(self, id: str) -> dict[str, Any]:
        filters = [{"Name": "attachment.instance-id", "Values": [id]}]
        (volume,) = self.clients("ec2", "describe_volumes", Filters=filters)["Volumes"]
        return dict(volume)

    def _disk(self, id: str) -> Fields:
        volume = self._volume(id)
        return {SIZE: volume["Size"], **({KEY: volume["KmsKeyId"]} if volume.get("KmsKeyId") else {})}

    def _reassociate(self, id: str, profile: str) -> None:
        filters = [{"Name": "instance-id", "Values": [id]}]
        present = self.clients("ec2", "describe_iam_instance_profile_associations", Filters=filters)
        (association,) = present["IamInstanceProfileAssociations"]
        self.clients(
            "ec2", "replace_iam_instance_profile_association",
            AssociationId=association["AssociationId"], IamInstanceProfile={"Name": profile},
        )  # fmt: skip

    def _request(self, arguments: Arguments) -> dict[str, Any]:
        interface = {
            "DeviceIndex": 0, "SubnetId": arguments["subnet_id"], "Groups": arguments["vpc_security_group_ids"],
            "AssociatePublicIpAddress": arguments["associate_public_ip_address"],
        }  # fmt: skip
        disk = arguments["root_block_device"]
        image = self.clients("ec2", "describe_images", ImageIds=[arguments["ami"]])["Images"]
        ebs = {"Encrypted": disk["encrypted"], "VolumeSize": disk["volume_size"], "VolumeType": disk["volume_type"]}
        ebs |= {"KmsKeyId": disk["kms_key_id"]} if "kms_key_id" in disk else {}
        ebs["DeleteOnTermination"] = disk.get("delete_on_termination", True)
        volume = {"ResourceType": "volume", "Tags": tag_list(self.clients.tags(disk))}
        return {
            "ImageId": arguments["ami"], "InstanceType": arguments["instance_type"],
            "IamInstanceProfile": {"Name": arguments["iam_instance_profile"]}, "NetworkInterfaces": [interface],
            "MetadataOptions": _metadata(arguments), "UserData": b64decode(arguments["user_data_base64"]),
            "BlockDeviceMappings": [{"DeviceName": image[0]["RootDeviceName"], "Ebs": ebs}],
            "TagSpecifications": [*self.specification(arguments), volume],
        }  # fmt: skip


def _metadata(arguments: Arguments) -> dict[str, Any]:
    given = arguments.get("metadata_options", {})
    return {key: given[name] for name, key in METADATA.items() if name in given}
