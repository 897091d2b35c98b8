"""The rules that a lookup finds for a caller are those of all rules that admit the caller."""

from hypothesis import given
from hypothesis import strategies as st

from access.identities import identities
from access.lookup import Lookup
from access.rules import INGRESS, TYPES, Rule, rule
from tests.access.test_perimeter_gains import MEMBERS

SPELLED = [*MEMBERS, "user:A@Example.com", "${who}"]
rules = st.lists(
    st.builds(
        lambda kind, members: rule({"ingress_from": [{"identity_type": kind, "identities": members}]}, INGRESS, "here"),
        st.sampled_from(["", *TYPES, "${type}"]),
        st.lists(st.sampled_from(SPELLED), max_size=2),
    ),
    max_size=4,
)


@given(rules)
def test_a_caller_is_admitted_by_the_same_rules(found: list[Rule]) -> None:
    lookup = Lookup(found)
    for who in identities(SPELLED, MEMBERS):
        every = [(at, one, one.admits(who)) for at, one in enumerate(found)]
        assert list(lookup.admitting(who)) == [three for three in every if three[2].combinations]
