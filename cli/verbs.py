"""Every verb: its name, its help, and for most the module that does the work and reads the other arguments."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """One verb. `module` is run as `python -m MODULE PREFIX ARGUMENTS`; without one, the verb is in this package.

    `development`: it needs the development packages.
    """

    name: str
    help: str
    module: str = ""
    prefix: tuple[str, ...] = ()
    environment: bool = True
    development: bool = False


VERBS = {
    verb.name: verb
    for verb in (
        Verb("new", "write environments/NAME.toml from options", environment=False),
        Verb(
            "schema", "print the JSON Schema of an environment's file, for an editor", "cli.schema", environment=False
        ),
        Verb("synth", "synthesize an environment into cdktf.out, and print its review"),
        Verb("review", "print the review of what was synthesized"),
        Verb(
            "diff",
            "compare two revisions, stacks, plans or states: who may newly call what",
            "cli.diff",
            environment=False,
        ),
        Verb("access", "answer whether a caller may make a call from an address, and what decides", "cli.access"),
        Verb("diagram", "draw the path of a call with its gates, as Mermaid", "cli.diagram"),
        Verb("ready", "answer whether the dry run may be enforced, by the entries of a log", "cli.ready"),
        Verb("lint", "check rules that hold whatever changes, and what the kit does not write", "cli.lint"),
        Verb("plan", "show what would change", "deploy", ("plan",)),
        Verb("deploy", "plan, show, ask and apply, one stack after the other", "deploy", ("deploy",)),
        Verb("destroy", "destroy both stacks, Google's first", "deploy", ("destroy",)),
        Verb("lock", "lock the providers' versions for linux and macOS", "deploy", ("lock",)),
        Verb(
            "handover",
            "print what the owner of a perimeter adds to it, or write it into files",
            "deploy",
            ("handover",),
        ),
        Verb("adopt", "print an import for each resource that exists and is in no state", "deploy", ("adopt",)),
        Verb(
            "undelete", "print the commands that bring a deleted pool, provider and role back", "deploy", ("undelete",)
        ),
        Verb(
            "terraform", "run Terraform in one stack's initialized folder: STACK -- ARGUMENTS", "deploy", ("terraform",)
        ),
        Verb("smoke", "ask Gemini from an instance, through Systems Manager", "setup.on_instance", ("smoke",)),
        Verb("update", "renew the client on an instance, through Systems Manager", "setup.on_instance", ("update",)),
        Verb(
            "demo",
            "deploy both stacks on loopback, and show who gets in",
            "localcloud.demo",
            environment=False,
            development=True,
        ),
        Verb("cloud", "run a command in both clouds on loopback", "localcloud", environment=False, development=True),
    )
}
