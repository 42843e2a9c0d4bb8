"""The frame of the editor's page, the same for every kind of test, as plain values for its templates."""

import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.urls import reverse

from experiments import words
from experiments.forms.editors import editor_of
from experiments.forms.known_problems import problems_of
from experiments.forms.problems import Found, locate
from experiments.models import Draft, Revision
from experiments.providers import PROVIDERS, Provider
from experiments.providers.canonical import ABSENT
from experiments.providers.letters import variant_letter
from experiments.providers.shapes import Json, Problem
from experiments.views.editor_fields import Marks, Shown
from experiments.views.refusals import standing_refusals
from workspaces.models import Workspace

OPEN_REMARKS = 5  # more of them are folded


class EditorPage:
    """What every editor's page has. `is_checked` says that all gaps are told.

    A kind of test has a page of its own: `sections` are the templates of its sections, `live` that of what every save
    brings anew, `read` that of what people see who only look, `swaps` those of what a button brings that leaves the
    rest of the page as it is. Where it `has_tabs`, `position` and `platform` say which variant's fields stand on it;
    else it shows all of them.
    """

    sections: tuple[str, ...] = ()
    live = ""
    preview = ""
    read = ""
    swaps: Mapping[str, str] = MappingProxyType({})
    has_tabs = False

    def __init__(
        self,
        draft: Draft,
        revision: Revision,
        workspace: Workspace,
        *,
        position: int = 0,
        platform: str = "",
        is_checked: bool = False,
        problems: tuple[Problem, ...] | None = None,
        typed: dict[str, str] | None = None,
    ) -> None:
        self.draft, self.revision, self.workspace, self.is_checked = draft, revision, workspace, is_checked
        self.provider: Provider = PROVIDERS[draft.provider]
        self.asked_position, self.asked_platform = position, platform
        self.document: Json = revision.document
        self.plan: Json = revision.plan
        if problems is None:
            problems = problems_of(revision, workspace, draft.provider)
        self.located = [self.placed(found) for found in locate(problems, draft.provider)]
        self.errors = [found for found in self.located if found.is_error and not found.is_missing]
        self.to_write = [found for found in self.located if found.is_error and found.is_missing]
        self.warnings = [found for found in self.located if not found.is_error]
        self.refused = standing_refusals(draft, revision.number, self.document)
        marked = tuple((found.problem, kind) for kind, group in self.kinds for found in group)
        self.marks = Marks(self.errors_at, self.plan.get("unparsed") or {}, marked, typed or {})
        self.prepare()

    def prepare(self) -> None:
        """Read the sections of this kind of test from the revision."""

    def placed(self, found: Found) -> Found:
        """A problem where this page shows its place, if the place alone does not tell."""
        return found

    def falls_behind(self, before: Json) -> bool:
        """Whether fields on the page show what a save has changed elsewhere, so that it needs all of them anew."""
        return False

    # -- what is wrong

    def errors_at(self, field_id: str) -> tuple[str, ...]:
        return tuple(
            found.problem.message
            for found in (*self.located, *self.refused)
            if found.field == field_id and self._is_told_at_field(found)
        )

    def _is_told_at_field(self, found: Found) -> bool:
        """What is only not written yet is not shouted at while somebody writes; after the check it is told."""
        if not found.is_error:
            return False
        emptied = found.problem.code == "name_missing" and self.revision.number > 1
        return not found.is_missing or self.is_checked or emptied

    @property
    def kinds(self) -> tuple[tuple[str, list[Found]], ...]:
        """Errors, what the provider refused, what is not written yet, and warnings."""
        return (
            ("error", self.errors),
            ("refused", self.refused),
            ("missing", self.to_write),
            ("warning", self.warnings),
        )

    @property
    def listed_first(self) -> list[dict[str, str]]:
        """What stands open: everything that has to be done, and the first remarks."""
        return self.listed[: len(self.listed) - len(self.warnings) + OPEN_REMARKS]

    @property
    def listed_rest(self) -> list[dict[str, str]]:
        return self.listed[len(self.listed) - len(self.warnings) + OPEN_REMARKS :]

    @cached_property
    def listed(self) -> list[dict[str, str]]:
        """The problems list."""
        return [
            {
                "kind": kind,
                "message": found.problem.message,
                "href": self.href(found),
                "field": found.field if self._is_told_at_field(found) else "",
            }
            for kind, group in self.kinds
            for found in group
        ]

    def href(self, found: Found) -> str:
        """Where the problem is mended: its field, with its variant and platform on the page, else the JSON."""
        if not found.field:
            return reverse("draft_json", args=[self.workspace.slug, self.draft.pk])
        query = ""
        if found.position is not None and found.step == "variants":
            query = f"?variant={found.letter}" + (f"&platform={found.platform}" if found.platform else "")
        return f"{self.address}{query}#{found.field}"

    # -- addresses

    @cached_property
    def address(self) -> str:
        return reverse("draft_edit", args=[self.workspace.slug, self.draft.pk])

    @property
    def query(self) -> str:
        """What the address says of the page, for the form and the address bar."""
        query = f"?variant={self.letter}"
        if self.platform:
            query += f"&platform={self.platform}"
        return query + ("&checked=1" if self.is_checked else "")

    @property
    def letter(self) -> str:
        """The variant that the page is about."""
        return variant_letter(self.asked_position)

    @property
    def platform(self) -> str:
        return ""

    @property
    def saved_at(self) -> str:
        return f"{self.revision.at.astimezone(self.workspace.zone):%H:%M:%S}"

    # -- goal

    def _plain(self, name: str, label: str, value: Any, kind: str = "line", hint: str = "") -> Shown:
        return self.marks.plain(f"f-{name.removeprefix('/')}", name, label, value, kind, hint)

    @property
    def name(self) -> Shown:
        return self._plain("/name", "Name", self.document.get("name", ABSENT), hint="Only your team sees it")

    @property
    def goal(self) -> Shown:
        return self._plain("goal", "What do you expect?", self.plan.get("goal", ""), "area")

    @property
    def tags(self) -> Shown:
        return self._plain("tags", "Tags", ", ".join(self.plan.get("tags", [])), hint="A comma between them")

    @property
    def description(self) -> Shown:
        value = self.document.get("description", ABSENT)
        return self._plain(
            "/description", "Description", value, "area", f"{self.provider.label} keeps it with the test"
        )

    # -- the rail

    @cached_property
    def steps(self) -> list[dict[str, str]]:
        said = {"goal": self.plan.get("goal", "") or "Not written yet", **self.said()}
        return [
            {"id": step, "label": label, "mark": self._mark(step), "words": said.get(step, "")}
            for step, label in editor_of(self.draft.provider).STEPS.items()
        ]

    def said(self) -> dict[str, str]:
        """What the rail says of each step but the first."""
        return {}

    def _mark(self, step: str) -> str:
        if any(found.step == step for found in (*self.errors, *self.refused)):
            return "fix"
        is_open = step == "goal" and not self.plan.get("goal")
        return "" if is_open or any(found.step == step for found in self.to_write) else "done"

    def to_do_words(self, step: str) -> str:
        """What is to mend or to write in a step: "B: 2 things to fix", "" for nothing."""
        for found_in, verb in ((self.errors, "to fix"), (self.to_write, "to write")):
            here = [found for found in found_in if found.step == step]
            letters = {found.letter for found in here}
            if here:
                whose = f"{letters.pop()}: " if len(letters) == 1 and "" not in letters else ""
                return f"{whose}{words.count(len(here), 'thing')} {verb}"
        return ""

    @property
    def check_words(self) -> str:
        waiting = next((step["label"] for step in self.steps if step["mark"] != "done" and step["id"] != "goal"), "")
        return f"After {waiting}" if waiting else "Next"

    @property
    def check_label(self) -> str:
        """The button that leads on: a staged test is only made there, and reaches nobody yet."""
        return "Check and create" if self.provider.is_staged else "Check and send"

    @property
    def json_text(self) -> str:
        return json.dumps(self.document, ensure_ascii=False, indent=2)
