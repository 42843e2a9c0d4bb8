"""Which editor a provider's drafts have: each is a module of functions, found by the provider's code.

A provider that nobody wrote an editor for gets the plain one: a name, and the document as JSON.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.providers.shapes import Json, Pasted, Problem

if TYPE_CHECKING:  # these modules ask for an editor themselves
    from experiments.forms.actions import Act
    from experiments.forms.editing import Editing
    from experiments.forms.problems import Found

EDITORS = {
    "airship": "experiments.forms.messages.editor",
    "qonversion": "experiments.forms.paywalls",
}
PLAIN = "experiments.forms.plain"


class Editor(Protocol):
    """What every editor's module has. A third provider's editor is one more module that has it.

    `STEPS` are the ids of the sections on the page and their names. `VARIANTS` is the document's key of its variants.
    `ACTIONS` are the buttons that no other editor has. `SECTIONS` says for a field to go to which section it is in.
    `MISSING` are codes of problems that are only not written yet, besides those that the document's module names.
    """

    @property
    def STEPS(self) -> Mapping[str, str]: ...  # noqa: N802 - constants of a module
    @property
    def VARIANTS(self) -> str: ...  # noqa: N802
    @property
    def ACTIONS(self) -> "Mapping[str, Act]": ...  # noqa: N802
    @property
    def SECTIONS(self) -> Mapping[str, str]: ...  # noqa: N802
    @property
    def MISSING(self) -> frozenset[str]: ...  # noqa: N802

    def post_form(self, editing: "Editing", data: QueryDict) -> None: ...
    def settle(self, editing: "Editing") -> None: ...
    def follow_document(self, document: Json, plan: Json, zone: ZoneInfo) -> None: ...
    def fields_of(self, document: Json, plan: Json) -> tuple[Any, ...]: ...
    def find_plan_problems(self, document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]: ...
    def locate(self, problem: Problem) -> "Found": ...
    def subject(self, name: str) -> str: ...
    def searched(self, document: Json) -> Iterator[str]: ...
    def tests_in(self, value: Json) -> list[Pasted]: ...


def editor_of(code: str) -> Editor:
    """The editor of a provider's drafts, imported on first use."""
    return cast(Editor, importlib.import_module(EDITORS.get(code, PLAIN)))
