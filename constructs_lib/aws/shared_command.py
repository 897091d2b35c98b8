"""The text that the command documents of many workloads have in common, held once in the synthesized JSON.

170 documents of 8 KB make a file of 2.7 MB, of which 1.4 MB are repeated. Terraform fills a document's own parts into the
common text, so the documents in AWS and in a plan are the same with and without this.
"""

import re

from cdktf import TerraformLocal
from constructs import Construct

# What is a workload's own in a document: the rest is the environment's. Each is a line of it, which begins behind `,"`: no text
# of a variable has that, since JSON escapes its quotes.
OWN = {
    "@IMPERSONATION_URL@": re.compile(r'(?<=,"  \\"service_account_impersonation_url\\": \\")[^"\\]+'),
    "@DOCUMENT_SHA256@": re.compile('(?<=,"KEYLESS_DOCUMENT_SHA256=)[0-9a-f]{64}(?=")'),
    "@RELEASE@": re.compile('(?<=,"KEYLESS_RELEASE=)[0-9a-f]{12}(?=")'),
}


class SharedCommand(Construct):
    """Terraform's local values, one for each kind of document: with a service account, and with direct access."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._locals: dict[str, str] = {}

    def content(self, document: str) -> str:
        """An expression whose value is the document; the document itself if a variable's text has a placeholder."""
        if any(placeholder in document for placeholder in OWN):
            return document
        common, own = document, {}
        for placeholder, pattern in OWN.items():
            if found := pattern.search(common):
                own[placeholder] = found[0]
                common = f"{common[: found.start()]}{placeholder}{common[found.end() :]}"
        if common not in self._locals:
            kind = "impersonation" if "@IMPERSONATION_URL@" in own else "direct"
            self._locals[common] = TerraformLocal(self, kind, common).fqn
        expression = self._locals[common]
        for placeholder, value in own.items():  # as text: four requests to Node fewer for each workload than with Fn
            expression = f'replace({expression}, "{placeholder}", "{value}")'
        return f"${{{expression}}}"
