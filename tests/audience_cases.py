"""Audiences of every kind of selector, and the page's fields of one as a browser would post them."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.forms.editing import Editing
from experiments.forms.messages.audience import (
    mode_of,
    nodes_of,
    post_audience,
    rules_in,
)
from experiments.forms.messages.kinds import KINDS, is_shown

UUID = "11111111-2222-4333-8444-555555555555"
NESTED = {
    "and": [
        {"tag": "plan"},
        {"or": [{"segment": "s1"}, {"attribute": "country", "operator": "equals", "value": "Germany"}]},
        {"not": {"or": [{"tag": "paused", "group": "crm"}, {"static_list": "staff"}]}},
    ]
}
# Every selector with the kind that shows it.
SELECTORS: list[tuple[str, Any]] = [
    ("tag", {"tag": "plan"}),
    ("tag", {"tag": ["a", "b"]}),
    ("tag", {"tag": ["only one"]}),
    ("tag", {"tag": "with, comma"}),
    ("tag", {"tag": ["with, comma", '"quoted"', " edges "]}),
    ("tag", {"TAG": "a", "group": "crm"}),
    ("tag", {"tag": ""}),
    ("segment", {"segment": UUID}),
    ("named_user", {"named_user": "u1"}),
    ("static_list", {"static_list": ["a", "b"]}),
    ("subscription_list", {"subscription_list": "news"}),
    ("subscription_lists", {"subscription_lists": "news"}),
    ("channel", {"channel": [UUID, UUID]}),
    ("ios_channel", {"ios_channel": UUID}),
    ("android_channel", {"android_channel": UUID}),
    ("amazon_channel", {"amazon_channel": UUID}),
    ("web_channel", {"web_channel": UUID}),
    ("open_channel", {"open_channel": UUID}),
    ("email_address", {"email_address": "a@marlow.example"}),
    ("sms_sender", {"sms_sender": "12345"}),
    ("sms_id", {"sms_id": {"msisdn": "1555", "sender": "1"}}),
    ("msisdn", {"msisdn": "1555", "sender": "1"}),
    ("text_attribute", {"attribute": "city", "operator": "contains", "value": "Ber"}),
    ("text_attribute", {"attribute": "plan", "operator": "is_empty"}),
    ("text_attribute", {"attribute": "plan"}),
    ("number_attribute", {"attribute": "age", "operator": "greater", "value": 30}),
    ("number_attribute", {"attribute": "age", "operator": "equals", "value": 1.5}),
    ("date_attribute", {"attribute": "born", "operator": "before", "value": 3, "precision": "days"}),
    (
        "date_attribute",
        {"attribute": "born", "operator": "after", "value": "now", "precision": "hours", "relative_to": "future"},
    ),
    ("date_attribute", {"attribute": "born", "operator": "range", "value": "2020-01-01/2021-01-01"}),
    ("date_attribute", {"attribute": "born", "operator": "equals", "value": "05-04", "precision": "month_day"}),
    ("json_attribute", {"attribute": "cart", "where": {"property": "$.x", "operator": "equals", "value": 1}}),
    (
        "json_attribute",
        {
            "attribute": "cart",
            "where": {"property": "$.x", "operator": "equals", "value": False, "compare_as": "boolean"},
        },
    ),
    ("activity", {"activity": "app_open", "operator": "greater", "value": 3}),
    ("activity", {"activity": "app_open", "metric": "last", "after": 30, "precision": "days"}),
    ("activity", {"activity": "app_open", "metric": "first", "on": 12, "on_precision": "month"}),
    (
        "activity",
        {
            "activity": "bought",
            "metric": "total_value",
            "operator": "less_eq",
            "value": 9.5,
            "where": {"property": "price", "operator": "greater", "value": 5, "compare_as": "number"},
        },
    ),
    ("json", {"activity": "app_open", "operator": "greater", "value": "three"}),
    ("json", {"favourite": "x"}),
    ("json", {"tag": "a", "colour": "red"}),
    ("json", {"tag": "a", "segment": "b"}),
    ("json", {"tag": "line\nbreak"}),
    ("json", {"tag": []}),
    ("json", {"tag": None}),
    ("json", {"attribute": "a", "operator": "like", "value": 1}),
    ("json", {"attribute": "a", "operator": "equals", "value": True}),
    ("json", {"location": {"id": "x"}}),
    ("json", {}),
    ("json", "all"),
    ("json", 5),
]
AUDIENCES = [
    *(selector for _, selector in SELECTORS if isinstance(selector, dict) and selector),
    *({"and": [selector]} for _, selector in SELECTORS),
    {"not": {"tag": "a"}},
    {"NOT": [{"tag": "a"}]},
    {"not": {"or": [{"or": [{"tag": "a"}]}]}},
    {"OR": [{"TAG": "a"}, {"and": [{"segment": "x"}]}]},
    {"not": [{"tag": "a"}, {"tag": "b"}]},
    {"and": [{"tag": "a"}], "or": []},
    {"and": []},
    {"or": {"tag": "a"}},
    NESTED,
]


def editing_of(audience: Any, plan: dict[str, Any] | None = None) -> Editing:
    document = {} if audience is None else {"audience": audience}
    return Editing.of(document, plan or {}, ZoneInfo("Europe/Berlin"))


def posted(fields: dict[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data[name] = value
    return data


def page_fields(editing: Editing) -> dict[str, str]:
    """Everything that the page would post without a change."""
    root = rules_in(editing.document, editing.plan)
    fields = {"audience.mode": mode_of(editing.document, editing.plan)}
    unread = {name: kept["text"] for name, kept in editing.unparsed.items()}
    for node in nodes_of(root):
        if hasattr(node, "how"):
            fields[f"{node.id}:how"] = node.how
            continue
        fields[f"{node.id}:kind"] = node.kind
        parts = [part.name for part in KINDS[node.kind].parts if is_shown(node.kind, part, node.texts)]
        for name in parts or ["json"]:
            fields[f"{node.id}:{name}"] = unread.get(f"{node.id}:{name}", node.texts[name])
    return fields


def saved(audience: Any, changes: dict[str, str], plan: dict[str, Any] | None = None) -> Editing:
    """What a save of the page makes of it, with some of its fields changed."""
    editing = editing_of(audience, plan)
    post_audience(editing, posted({**page_fields(editing), **changes}))
    return editing


def written(audience: Any, changes: dict[str, str]) -> Any:
    return saved(audience, changes).document["audience"]


ATTRIBUTE: dict[str, Any] = {"attribute": "a", "operator": "equals", "value": "x"}
NUMBER: dict[str, Any] = {"attribute": "a", "operator": "equals", "value": 3}
DATE: dict[str, Any] = {"attribute": "a", "operator": "before", "value": 3, "precision": "days"}
JSONS: dict[str, Any] = {"attribute": "a", "where": {"property": "$.x", "operator": "equals", "value": 1}}
ACTIVITY: dict[str, Any] = {"activity": "app_open", "operator": "greater", "value": 3}
