"""What a table of the known looks like: by type, then by argument (`a.b[]`: b is a list; `a.*`: all in block a).

=       it is shown, whatever it is
#       it is shown as a checksum: programs
*       anything: names, descriptions, tags, order
@       the Google provider's project
&       the Google provider's project, or that of the pool
else    a pattern that the whole value matches, and then it is not worth a line

A `!` before it: it may not be missing; a `+`: it may not be missing where its block is.
"""

Types = dict[str, dict[str, str]]


def of(*kinds: str) -> str:
    """A reference to a resource or data source of one of these types."""
    return rf"\$\{{(data\.)?({'|'.join(kinds)})\.[\w-]+\.\w+\}}"
