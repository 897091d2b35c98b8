"""What is synthesized next to the stacks."""

from stacks.credentials import write_credential_documents
from stacks.google import GoogleStack
from stacks.hand_over import write_hand_over
from stacks.settings.neighbours import write_neighbours


def write_files(google: GoogleStack, outdir: str) -> None:
    """Write the credential documents, what other environments have too, and what is handed over."""
    write_credential_documents(google.settings, outdir)
    write_neighbours(google.environment, google.settings, outdir)
    write_hand_over(google, outdir)
