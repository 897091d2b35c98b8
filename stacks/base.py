"""What both stacks have: Terraform's version, providers' versions, a backend."""

from typing import Any

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from stacks.backends import keep_state
from stacks.settings import Settings

TERRAFORM = ">= 1.11"


class Stack(TerraformStack):
    """A stack of one environment."""

    def __init__(self, scope: Construct, name: str, settings: Settings, environment: str) -> None:
        super().__init__(scope, name)
        self.settings = settings
        self.environment = environment
        self.add_override("terraform.required_version", TERRAFORM)
        keep_state(self, settings.backend, environment, name)

    def require(self, provider: str, constraint: str) -> None:
        """Pin a provider. The bindings' pin is the version that they were generated from, and cdktn names the source otherwise."""
        self.add_override(f"terraform.required_providers.{provider}.source", provider)
        self.add_override(f"terraform.required_providers.{provider}.version", constraint)


def output(stack: TerraformStack, name: str, value: Any, description: str) -> Any:
    """A typed, non-sensitive output under exactly this name."""
    result = TerraformOutput(stack, name, value=value, description=description)
    result.override_logical_id(name)
    return result
