"""Every form of the site: what is in it, what it is about, and what a person would send with it.

A new address that takes a POST needs a row here (tests/bad/test_fuzz.py fails until it has one).
"""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from experiments.forms.saving import start
from experiments.models import Draft, Experiment, Kind, Operation, Revision, State, Template
from experiments.providers import PROVIDERS
from tests.editor_form import FormReader
from tests.qonversion_documents import valid as paywall_document
from tests.test_addresses import STAGED, takes_id, things_of
from workspaces.models import Connection, Invitation, Membership, User, Workspace

KEY, SECRET = "k3yOfMarlow-Running_01", "s3cretOfMarlowRunning1"
NEW_PASSWORD = "a longer pass phrase 42"
ROWS: tuple[type[Model], ...] = (
    *(Workspace, Membership, Invitation, Connection, User),
    *(Draft, Revision, Experiment, Operation, Template),
)


@dataclass(frozen=True)
class Form:
    """`values` are added to what the page itself would send; "{draft}" stands for the id of such a thing."""

    values: dict[str, str] = field(default_factory=dict)
    about: str = ""  # which thing stands in the address, where it is not the first word of the name
    page: str = ""  # the address whose page holds the form, where it is another one
    form_id: str = ""
    changes: bool = True  # whether rows are others afterwards
    is_conflict: bool = False  # the right answer to it is 409
    who: str = "alice"  # "" for nobody


EDITOR = {
    "/name": "Other",
    "goal": "More runs",
    "tags": "a, b",
    "when.mode": "soon",
    "do": "",
    "page": "p1",
    "turn": "1",
}
DOCUMENT = json.dumps({"name": "By hand", "variants": []})

FORMS: dict[str, Form] = {
    "account": Form({"name": "Alice M.", "theme": "dark"}),
    "account_change_password": Form(
        {"oldpassword": "correct horse battery", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    ),
    "account_login": Form({"login": "vera@example.com", "password": "correct horse battery"}, who="", changes=False),
    "account_logout": Form(changes=False),
    "account_reset_password": Form({"email": "vera@example.com"}, who="", changes=False),
    "account_reset_password_from_key": Form({"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, changes=False),
    "connection_edit": Form({"name": "Renamed"}),
    "connection_new": Form({"provider": "airship", "name": "Second", "region": "eu", "key": KEY, "secret": SECRET}),
    "connection_remove": Form(about="loose"),
    "connection_test": Form(changes=False),
    "draft_check": Form(about="draft"),
    "draft_clone": Form({"to": "{loose}", "do": "keep"}),
    "draft_copy": Form(),
    "draft_delete": Form(),
    "draft_edit": Form(EDITOR, form_id="editor"),
    "draft_edit of a paywall": Form(EDITOR, about="paywall_draft", form_id="editor"),
    "draft_edit in two tabs": Form(
        EDITOR | {"revision": "1"}, about="moved_draft", form_id="editor", changes=False, is_conflict=True
    ),
    "draft_import": Form({"pasted": DOCUMENT, "connection": "{connection}"}),
    "draft_json": Form({"document": DOCUMENT, "revision": "1"}, form_id="json"),
    "draft_json of a paywall": Form({"document": DOCUMENT, "revision": "1"}, about="paywall_draft", form_id="json"),
    "draft_new": Form({"name": "A new one", "connection": "{connection}"}),
    "draft_presence": Form({"page": "p1", "place": "Name"}, changes=False),
    "draft_preview": Form(EDITOR, page="draft_edit", form_id="editor", changes=False),
    "draft_send": Form(about="checked", page="draft_check"),
    "draft_template": Form({"name": "To start from"}),
    "draft_version": Form({"do": "restore"}),
    "experiment_change": Form({"name": "Renamed", "segment_percent": "40"}, changes=False),
    "experiment_clone": Form({"to": "{loose}", "do": "keep"}),
    "experiment_copy": Form(),
    "experiment_delete": Form({"sure": "on"}),
    "experiment_detail": Form({"do": "seen"}, about="changed"),
    "experiment_move": Form({"word": "resume"}),
    "experiment_testers": Form({"do": "attach", "user_id": "tester-1", "group_id": "g2"}),
    "invitation_accept": Form({"name": "Sofia", "password": NEW_PASSWORD}, who=""),
    "invitation_revoke": Form(),
    "member_invite": Form({"email": "new@example.com", "role": "editor"}),
    "member_remove": Form(),
    "member_role": Form({"role": "publisher"}),
    "mirror_read": Form({"back": "status=draft"}, changes=False),
    "operation_cancel": Form(about="queued"),
    "operation_drop": Form(about="parked"),
    "operation_look": Form(about="unknown"),
    "operation_resolve": Form({"decision": "not-there", "typed": "it is not there", "why": "I looked"}),
    "operation_send_on": Form({"sure": "on"}, about="parked"),
    "operation_undo": Form(about="sent"),
    "settings": Form({"change": "undo_window", "minutes": "7"}),
    "snippet_new": Form({"name": "Greeting", "text": "Hi {{ name }}"}),
    "template_edit": Form({"name": "Renamed", "do": "save"}),
}


class World:
    """Marlow with one of everything that a form can be about, and browsers for it."""

    def __init__(self, workspace: Workspace, alice: User, checked: Operation, connection: Connection) -> None:
        self.workspace, self.alice = workspace, alice
        self.ids: dict[str, Any] = {}
        self.ids.update(things_of(workspace, alice), checked=checked.draft_id)
        loose = Connection(workspace=workspace, name="Loose", region="us", key="l" * 22)
        loose.seal_secret("s" * 22, connection.host, alice)
        loose.save()
        self.ids["loose"], self.ids["connection"] = loose.pk, connection.pk
        self.checked = checked
        self._add_drafts(connection)
        self._add_tests(connection)
        self._add_operations(connection)
        self.invitation = Invitation.make(workspace, "guest@example.com", "editor", alice)[1]
        Draft.objects.filter(pk=self.ids["draft"]).update(connection=connection)

    def _add_drafts(self, connection: Connection) -> None:
        paywalls = Connection(workspace=self.workspace, provider="qonversion", name="Paywalls", region="production")
        paywalls.seal_secret("sk_of_nobody", connection.host, self.alice)
        paywalls.health = Connection.Health.ACTIVE
        paywalls.save()
        draft = start(self.workspace, paywall_document(), {}, by=self.alice, provider="qonversion", connection=paywalls)
        self.ids["paywall_draft"] = draft.pk
        Experiment.objects.filter(pk=self.ids["staged"]).update(
            connection=paywalls,
            raw_text=json.dumps(
                {"name": "Paywall test", "status": "paused", "segment_percent": 50, "groups": GROUPS, "id": "e1"}
            ),
        )
        moved = start(self.workspace, self.checked.document, {}, by=self.alice, connection=connection)
        moved.append({**moved.newest.document, "name": "Theirs"}, moved.newest.plan, by=self.alice, based_on=1)
        self.ids["moved_draft"] = moved.pk

    def _add_tests(self, connection: Connection) -> None:
        Experiment.objects.filter(pk=self.ids["experiment"]).update(connection=connection)
        changed = Experiment.objects.get(pk=str(self.ids["experiment"]))
        changed.pk, changed.remote_id = uuid.uuid4(), str(uuid.uuid4())
        changed.needs_attention, changed.changes = True, [{"pointer": "/name", "before": "a", "after": "b"}]
        changed.save(force_insert=True)
        self.ids["changed"] = changed.pk

    def _add_operations(self, connection: Connection) -> None:
        for name, state in (
            *(("queued", State.QUEUED), ("parked", State.PARKED)),
            *(("unknown", State.UNKNOWN), ("sent", State.SUCCEEDED)),
        ):
            at = timezone.now()
            made = Operation.objects.create(
                workspace=self.workspace,
                connection=connection,
                connection_version=connection.version,
                kind=Kind.CREATE,
                state=state,
                name=name,
                by=self.alice,
                payload=b"{}",
                sha256=hashlib.sha256(b"{}").hexdigest(),
                remote_id=str(uuid.uuid4()) if state == State.SUCCEEDED else "",
                fence_at=at + timedelta(hours=1),
                not_before=at + timedelta(minutes=1),
                unknown_since=at if state == State.UNKNOWN else None,
            )
            self.ids[name] = made.pk

    def address(self, row: str, name: str = "") -> str:
        """The address of a row of FORMS, or of the page that holds its form."""
        form, name = FORMS.get(row, Form()), name or row.partition(" ")[0]
        fixed = {
            "invitation_accept": [self.invitation],
            "account_reset_password_from_key": ["1", "x-y"],
        }
        if name in fixed:
            return reverse(name, args=fixed[name])
        if name.startswith(("account", "home", "workspace_list")):
            return reverse(name)
        if not takes_id(name) or name == "workspace_list":
            return reverse(name, args=[self.workspace.slug])
        if name == "draft_version":
            return reverse(name, args=[self.workspace.slug, self.ids["moved_draft"], 1])
        about = form.about or ("staged" if name in STAGED else name.split("_")[0])
        return reverse(name, args=[self.workspace.slug, self.ids[about], *STAGED.get(name, [])])

    def browser(self, row: str) -> Client:
        """Somebody's browser. Nothing that was counted or kept before is remembered."""
        cache.clear()
        client = Client()
        if FORMS[row].who:
            client.force_login(self.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def fields(self, row: str) -> dict[str, str]:
        """What a browser would send with the form of this row, and what a person would type into it."""
        form = FORMS[row]
        page = self.browser(row).get(self.address(row, form.page))
        read = FormReader(page.text, form.form_id).fields if page.status_code == 200 else {}
        typed = {name: value.format(**self.ids) if "{" in value[:1] and value[1:2].isalpha() else value
                 for name, value in form.values.items()}  # fmt: skip
        return {name: values[0] for name, values in read.items() if name != "csrfmiddlewaretoken"} | typed


GROUPS = [
    {"id": "g1", "name": "Control", "weight": 1, "is_control": True},
    {"id": "g2", "name": "Annual", "weight": 1, "is_control": False},
]
assert set(PROVIDERS) >= {"airship", "qonversion"}


def rows() -> dict[str, list[Any]]:
    """Everything that a form may change. Stamps of sign-ins are left out."""
    return {
        model.__name__: [
            {key: value for key, value in row.items() if key != "last_login"}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in ROWS
    }
