"""Airship's audience selectors as typed shapes, for what fits where. What is wrong with one is told by grammar.py.

Operators are offered as Airship's own examples write them, in small letters; its reader takes any case.
Reference: airship OpenAPI schemas audienceSelector1000, compoundSelector, atomicSelector, activityObject, whereObject.
"""

from typing import Literal

from pydantic import Field

from experiments.providers.airship.actions import Part

type Values = str | list[str]
type Moment = str | int

Span = Literal["minutes", "hours", "days", "weeks", "months", "years"]
Date = Literal["day", "month", "month_day", "year_month", "year_month_day"]
Relative = Literal["future", "past"]
Compared = Literal[
    "equals",
    "contains",
    "not_contains",
    "less",
    "less_eq",
    "greater",
    "greater_eq",
    "range",
    "before",
    "after",
    "present",
    "is_empty",
    "not_empty",
]


class Tag(Part):
    tag: Values
    group: str | None = None


class Segment(Part):
    segment: Values


class NamedUser(Part):
    named_user: Values


class StaticList(Part):
    static_list: Values


class SubscriptionList(Part):
    subscription_list: Values


class Channel(Part):
    channel: Values


class AmazonChannel(Part):
    amazon_channel: Values


class AndroidChannel(Part):
    android_channel: Values


class IosChannel(Part):
    ios_channel: Values


class OpenChannel(Part):
    open_channel: Values


class SmsSender(Part):
    sms_sender: Values


class SmsNumber(Part):
    msisdn: str
    sender: str


class SmsId(Part):
    sms_id: SmsNumber


class Where(Part):
    property: str
    operator: Compared
    value: str | float | bool | None = None
    compare_as: Literal["text", "number", "date", "boolean"] | None = None
    precision: Span | None = None
    relative_to: Relative | None = None


class Attribute(Part):
    attribute: str
    operator: Literal["equals", "contains", "less", "greater", "is_empty", "before", "after", "range"] | None = None
    value: str | float | None = None
    precision: Span | Date | None = None
    relative_to: Relative | None = None
    where: Where | None = None


class Activity(Part):
    activity: str
    operator: Literal["greater", "less", "equals", "greater_eq", "less_eq"] | None = None
    value: float | None = None
    metric: Literal["count", "total_value", "last", "first"] | None = None
    before: Moment | None = None
    after: Moment | None = None
    on: Moment | None = None
    on_precision: Date | None = None
    precision: Span | None = None
    where: Where | None = None


class AllOf(Part):
    all_of: "list[Selector]" = Field(alias="and")


class AnyOf(Part):
    any_of: "list[Selector]" = Field(alias="or")


class NoneOf(Part):
    none_of: "Selector | list[Selector]" = Field(alias="not")


type Atom = (
    Tag
    | Attribute
    | Activity
    | Segment
    | SubscriptionList
    | StaticList
    | NamedUser
    | Channel
    | AmazonChannel
    | AndroidChannel
    | IosChannel
    | OpenChannel
    | SmsSender
    | SmsId
)
type Selector = AllOf | AnyOf | NoneOf | Atom
