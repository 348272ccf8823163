from hypothesis import given
from hypothesis import strategies as st

from app.services.importing.records import Entry
from app.services.importing.slug_plan import plan_slugs


def test_the_first_gets_the_slug_and_others_a_number():
    entries = [Entry("1", "a"), Entry("2", "a"), Entry("3", "b"), Entry("4", "")]
    assert plan_slugs(entries, existing={}, taken={"b"}) == {
        "1": "a",
        "2": "a-2",
        "3": "b-2",
        "4": "post",
    }


def test_a_former_run_is_kept():
    plan = plan_slugs([Entry("1", "new"), Entry("2", "old")], existing={"1": "old"}, taken={"old"})
    assert plan == {"1": "old", "2": "old-2"}


@given(st.lists(st.sampled_from(["a", "a-2", "b", "", "x" * 300])), st.sets(st.sampled_from("ab")))
def test_no_two_items_share_a_slug(wanted, taken):
    entries = [Entry(str(number), slug) for number, slug in enumerate(wanted)]
    slugs = list(plan_slugs(entries, existing={}, taken=taken).values())
    assert len(set(slugs)) == len(slugs)
    assert not taken & set(slugs)
    assert all(0 < len(slug) <= 200 for slug in slugs)
