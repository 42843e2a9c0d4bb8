"""The outside world: one folder per provider, and `transport`, the only door to the network. No Django in here."""

import importlib
from dataclasses import replace
from typing import cast

from experiments.providers.modules import Client, Completion, Document, Samples, StagedClient, StagedDocument
from experiments.providers.provider import Elsewhere, Move, Provider, Region

__all__ = [
    "PROVIDERS",
    "Elsewhere",
    "Move",
    "Provider",
    "Region",
    "client",
    "completion",
    "document",
    "samples",
    "staged_client",
    "staged_document",
]

# Airship's clients insist on 22 characters in keys and secrets; its documents name the hosts.
# Reference: https://github.com/urbanairship/python-library
_AIRSHIP = Provider(
    code="airship",
    label="Airship",
    module="experiments.providers.airship.client",
    document_module="experiments.providers.airship.document",
    samples_module="experiments.providers.airship.samples",
    completion_module="experiments.providers.airship.completion",
    regions=(
        Region("us", "United States", "https://go.urbanairship.com"),
        Region("eu", "Europe", "https://go.airship.eu"),
    ),
    key_label="App key",
    secret_label="Master secret",  # noqa: S106 - a label on a form
    key_pattern=r"[A-Za-z0-9_-]{22}",
    secret_pattern=r"[A-Za-z0-9_-]{22}",  # noqa: S106 - the shape of one, for a hint
    most_variants=26,
    can_schedule=True,
    can_undo=True,
    can_validate=True,
    can_report=True,
    is_idempotent=False,
    key_words="Airship keys and secrets are 22 letters, digits, - or _.",
    where_words="In Airship: Settings, then Project details. Take the master secret, not the app secret; the app "
    "secret cannot schedule tests.",
    refused_words="the project lives on the other site; the app secret was taken instead of the master secret, or the "
    "two parts are swapped; somebody made a new secret since. Splitdesk never tries another site by itself, because "
    "that would give the key away.",
    figures_words=(
        "Airship counts an indirect response for up to 12 hours after the message, and advises to wait 12 to 24 hours "
        "before you act on figures.",
        "Others have seen its figures come about half an hour late. Airship does not promise a time.",
    ),
)

_GOES_ON = "Who is in the test keeps what they have."
# What a status means to people is told by the dashboard's guides; the API's pages name start, pause and finish only.
# Reference: https://documentation.qonversion.io/api-reference/experiments/change-experiment-status,
# https://documentation.qonversion.io/docs/pause-experiments, https://documentation.qonversion.io/docs/finish-experiment
_START = Move(
    "start",
    "Start",
    "draft",
    "running",
    "active",
    "From now on people whose app asks Qonversion for its configuration can enter the test and see its paywalls.",
    reaches_people=True,
)
_PAUSE = Move(
    "pause",
    "Pause",
    "running",
    "paused",
    "paused",
    f"Nobody new enters. {_GOES_ON} Pausing does not take a paywall back.",
)
_RESUME = Move(
    "resume",
    "Resume",
    "paused",
    "running",
    "active",
    f"People can enter the test again. {_GOES_ON}",
    reaches_people=True,
    is_documented=False,
)
_FINISH = Move(
    "finish",
    "Finish",
    "running",
    "finished",
    "finished",
    "Qonversion stops handing out the variants, and what people do from then on is not counted for the test.",
)

# A key is told by its beginning, which also says for which environment it is; both live on one host. Its length and
# characters are not documented. That a second create with the same alias is refused is not documented either.
# Reference: https://documentation.qonversion.io/reference/v4/authentication
_QONVERSION = Provider(
    code="qonversion",
    label="Qonversion",
    module="experiments.providers.qonversion.client",
    document_module="experiments.providers.qonversion.document",
    samples_module="experiments.providers.qonversion.samples",
    regions=(
        Region("production", "Production", "https://api.qonversion.io", r"sk_\S+"),
        Region("sandbox", "Sandbox", "https://api.qonversion.io", r"test_sk_\S+"),
    ),
    key_label="",
    secret_label="Secret key",  # noqa: S106 - a label on a form
    key_pattern="",
    secret_pattern=r"(test_)?sk_\S+",  # noqa: S106 - the shape of one, for a hint
    most_variants=26,  # the letters; how many groups Qonversion takes is not documented
    can_schedule=False,
    can_undo=False,
    can_validate=False,
    can_report=True,
    is_idempotent=False,
    test_kind="Paywall test",
    variant_word="group",
    report_id="remote_id",
    is_staged=True,
    region_label="environment",
    delete_words="What Qonversion does with the people in a test when it is deleted is not documented, nor whether it "
    "deletes one that runs. Finish it first to be sure.",
    key_words="Qonversion’s secret keys begin with sk_ for production and with test_sk_ for the sandbox.",
    where_words="In Qonversion: Project settings. Take the secret key of the environment, never the project key that "
    "an app carries.",
    refused_words="the project key of an app was taken instead of the secret key; somebody made a new secret key "
    "since; the key may not read experiments.",
    figures_words=(
        "The names and numbers are Qonversion’s own. What they count, and in which unit, its pages do not tell, so "
        "nothing is rescaled and nothing is called a winner here.",
        "Qonversion’s dashboard shows whether a difference is significant.",
    ),
    moves=(
        _START,
        _PAUSE,
        _FINISH,
        _RESUME,
        replace(_FINISH, from_status="paused", is_documented=False),
        replace(_START, verb="restart", label="Start again", from_status="finished", is_documented=False),
        replace(_PAUSE, from_status="", is_documented=False),
        replace(_FINISH, from_status="", is_documented=False),
    ),
    elsewhere=(
        Elsewhere(
            "Audience",
            "Who may enter (country, app version, install date, free or paying) cannot be set through Qonversion’s "
            "API. Set it in Qonversion’s dashboard, in the segmentation of this experiment, before you start it.",
        ),
        Elsewhere(
            "Offerings",
            "Which offering a group shows cannot be set through Qonversion’s API. Choose it in Qonversion’s "
            "dashboard, or give the group a remote config here.",
        ),
    ),
)

PROVIDERS: dict[str, Provider] = {provider.code: provider for provider in (_AIRSHIP, _QONVERSION)}


def client(code: str) -> Client:
    """A provider's client module, imported on first use. Raises KeyError for a provider nobody wrote."""
    return cast(Client, importlib.import_module(PROVIDERS[code].module))


def staged_client(code: str) -> StagedClient:
    """The client module of a provider whose tests are drafts first. Raises KeyError for any other."""
    return cast(StagedClient, importlib.import_module(_staged(code).module))


def document(code: str) -> Document:
    """A provider's document module, imported on first use. Raises KeyError for a provider nobody wrote."""
    return cast(Document, importlib.import_module(PROVIDERS[code].document_module))


def staged_document(code: str) -> StagedDocument:
    """The document module of a provider whose tests are drafts first. Raises KeyError for any other."""
    return cast(StagedDocument, importlib.import_module(_staged(code).document_module))


def samples(code: str) -> Samples:
    """A provider's module of samples, imported on first use. Raises KeyError for a provider nobody wrote."""
    return cast(Samples, importlib.import_module(PROVIDERS[code].samples_module))


def completion(code: str) -> Completion | None:
    """A provider's module that says what fits where in a document, None where nobody wrote one."""
    name = PROVIDERS[code].completion_module
    return cast(Completion, importlib.import_module(name)) if name else None


def _staged(code: str) -> Provider:
    provider = PROVIDERS[code]
    if not provider.is_staged:
        raise KeyError(code)
    return provider
