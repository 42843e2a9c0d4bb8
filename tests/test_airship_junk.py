"""Any input: junk anywhere in a document is told, and never breaks the check."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.airship import document
from tests.airship_documents import EMAIL, MMS, T1, problems, saying

# Junk is put into every place of this document.
RICH = saying(
    {
        "ios": {"alert": {"body": "b"}, "badge": 1, "sound": "s", "extra": {"a": 1}, "priority": 10},
        "android": {"alert": "a", "extra": {"k": "v"}, "style": {"type": "inbox", "lines": ["l"]}, "template": {}},
        "email": EMAIL,
        "mms": MMS,
        "web": {"alert": "w", "buttons": [{"id": "1", "label": "l", "actions": {"share": "s"}}]},
        "open::kiosk": {"alert": "k"},
        "interactive": {"type": "ua_like", "button_actions": {"like": {"add_tag": ["a"], "remove_tag": ["b"]}}},
        "actions": {"open": {"type": "landing_page", "content": {"body": "x"}}, "tags": [{"type": "contact"}]},
    },
    "ios",
    "email",
) | {
    "audience": {"and": [{"tag": "a"}, {"attribute": "x", "where": {"property": "p", "operator": "equals"}}]},
    "control": 0.1,
    "campaigns": {"categories": ["c"]},
}
RICH["variants"][0] |= {"schedule": dict(T1), "weight": 2}
RICH["variants"][0]["push"] |= {"in_app": {"alert": "x", "display_type": "banner"}, "options": {"expiry": 5}}
JUNK: st.SearchStrategy[object] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        float("nan"),
        float("inf"),
        "",
        " ",
        "x",
        "�",
        "\x00",
        [],
        {},
        [[]],
        [{}],
        {"": 0},
        {"not": 1},
        {"type": []},
        {"a": {"b": [1]}},
        "{{x}}",
        "javascript:x",
        "2026-12-01T09:00:00",
        ["ios", {}],
    ]
)


def places(value, path=()):
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


PLACES = [path for path in places(RICH) if path]


@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=3))
def test_junk_anywhere_is_told_and_never_breaks_the_check(changes):
    built = copy.deepcopy(RICH)
    for path, junk in changes:
        target = built
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = junk
        except (KeyError, IndexError, TypeError):  # an earlier change took this place away
            continue
    found = problems(built)
    assert all(problem.message and problem.code for problem in found)
    document.shares(built)
    document.channels(built)
    document.scheduled_at(built)
    document.audience_sentence(built.get("audience"))


@given(st.dictionaries(st.sampled_from(["name", "audience", "device_types", "variants", "control", "x"]), JUNK))
def test_any_object_is_checked(built):
    assert problems(built)
