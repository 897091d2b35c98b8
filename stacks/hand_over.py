"""What the owner of a perimeter adds to it: the same levels, membership and rules that an environment that joins would add."""

import json
from pathlib import Path

from cdktf import App, TerraformStack
from constructs import Construct

from constructs_lib.google.access import AccessPolicy
from constructs_lib.google.joined import JoinedPerimeter
from stacks.backends import keep_state, read_state
from stacks.google import GoogleStack, egress_cidrs
from stacks.perimeter_access import PerimeterAccess

FILE = "hand-over.json"


class HandOver(TerraformStack):
    """What is handed over, as a stack that is never applied here. It reads the states that the Google stack reads."""

    def __init__(self, scope: Construct, google: GoogleStack) -> None:
        super().__init__(scope, google.settings.google_stack_name)
        settings, environment = google.settings, google.environment
        assert settings.perimeter is not None
        assert settings.perimeter.hand_over is not None
        keep_state(self, settings.backend, environment, settings.google_stack_name)
        aws = settings.egress_cidrs is None and read_state(
            self, "aws", settings.backend, environment, settings.aws_stack_name
        )
        policy = AccessPolicy(
            self,
            "access_policy",
            title=settings.prefix,
            project_number=settings.google.project_number,
            existing=settings.access_policy,
        )
        access = PerimeterAccess(
            self,
            "admission",
            settings=settings,
            policy=policy,
            egress_cidrs=egress_cidrs(settings, aws),
            callers=google.callers,
        )
        JoinedPerimeter(
            self,
            "perimeter",
            name=settings.perimeter.hand_over,
            prefix=settings.prefix,
            enforced=access.enforced,
            dry_run=access.dry_run,
            member=settings.perimeter.member == "add",
        )


def write_hand_over(google: GoogleStack, outdir: str) -> None:
    """Write what is handed over next to the stacks, if anything is."""
    path = Path(outdir, FILE)
    path.unlink(missing_ok=True)
    if google.settings.perimeter and google.settings.perimeter.hand_over:
        document = HandOver(App(outdir=outdir), google).to_terraform()
        document = {name: part for name, part in document.items() if name != "//"}  # the engine's own note
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
