"""Every address of the site × everybody. A new address without a row here fails."""

import copy
import uuid
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from experiments.models import Draft, Experiment, Kind, Operation, State, Status, Template
from tests.conftest import DOCUMENT
from workspaces.models import Connection, Invitation, Membership, Role, User, Workspace

OPEN_TO_ALL = {
    "/favicon.ico",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "invitation_accept",
}
FOR_ANYBODY_SIGNED_IN = {"account", "account_change_password", "home", "workspace_list"}
FOR_MEMBERS = [
    ("connection_edit", "GET", Role.ADMIN),
    ("connection_edit", "POST", Role.ADMIN),
    ("connection_new", "GET", Role.ADMIN),
    ("connection_new", "POST", Role.ADMIN),
    ("connection_remove", "GET", Role.ADMIN),
    ("connection_remove", "POST", Role.ADMIN),
    ("connection_test", "GET", Role.ADMIN),
    ("connection_test", "POST", Role.ADMIN),
    ("contact_sheet", "GET", Role.VIEWER),
    ("draft_check", "GET", Role.EDITOR),
    ("draft_check", "POST", Role.EDITOR),
    ("draft_clone", "GET", Role.EDITOR),
    ("draft_clone", "POST", Role.EDITOR),
    ("draft_copy", "POST", Role.EDITOR),
    ("draft_delete", "GET", Role.EDITOR),
    ("draft_delete", "POST", Role.EDITOR),
    ("draft_edit", "GET", Role.VIEWER),
    ("draft_edit", "POST", Role.EDITOR),
    ("draft_import", "GET", Role.EDITOR),
    ("draft_import", "POST", Role.EDITOR),
    ("draft_history", "GET", Role.VIEWER),
    ("draft_json", "GET", Role.VIEWER),
    ("draft_json", "POST", Role.EDITOR),
    ("draft_keys", "GET", Role.VIEWER),
    ("draft_new", "GET", Role.EDITOR),
    ("draft_new", "POST", Role.EDITOR),
    ("draft_presence", "POST", Role.VIEWER),
    ("draft_preview", "POST", Role.EDITOR),
    ("draft_seen", "GET", Role.EDITOR),
    ("draft_send", "POST", Role.PUBLISHER),
    ("draft_template", "GET", Role.EDITOR),
    ("draft_template", "POST", Role.EDITOR),
    ("draft_version", "GET", Role.VIEWER),
    ("draft_version", "POST", Role.EDITOR),
    ("experiment_change", "GET", Role.PUBLISHER),
    ("experiment_change", "POST", Role.PUBLISHER),
    ("experiment_clone", "GET", Role.EDITOR),
    ("experiment_clone", "POST", Role.EDITOR),
    ("experiment_copy", "POST", Role.EDITOR),
    ("experiment_delete", "GET", Role.PUBLISHER),
    ("experiment_delete", "POST", Role.PUBLISHER),
    ("experiment_detail", "GET", Role.VIEWER),
    ("experiment_detail", "POST", Role.VIEWER),  # reads figures again
    ("experiment_list", "GET", Role.VIEWER),
    ("experiment_move", "GET", Role.PUBLISHER),
    ("experiment_move", "POST", Role.PUBLISHER),
    ("experiment_testers", "GET", Role.PUBLISHER),
    ("experiment_testers", "POST", Role.PUBLISHER),
    ("invitation_revoke", "POST", Role.ADMIN),
    ("member_invite", "GET", Role.ADMIN),
    ("member_invite", "POST", Role.ADMIN),
    ("member_remove", "GET", Role.ADMIN),
    ("member_remove", "POST", Role.ADMIN),
    ("member_role", "POST", Role.ADMIN),
    ("mirror_read", "POST", Role.VIEWER),
    ("operation_cancel", "POST", Role.PUBLISHER),
    ("operation_detail", "GET", Role.VIEWER),
    ("operation_list", "GET", Role.VIEWER),
    ("operation_drop", "POST", Role.PUBLISHER),
    ("operation_look", "POST", Role.EDITOR),
    ("operation_resolve", "POST", Role.ADMIN),
    ("operation_support", "GET", Role.EDITOR),
    ("operation_send_on", "POST", Role.PUBLISHER),
    ("operation_undo", "POST", Role.PUBLISHER),
    ("settings", "GET", Role.VIEWER),
    ("settings", "POST", Role.ADMIN),
    ("snippet_new", "GET", Role.EDITOR),
    ("snippet_new", "POST", Role.EDITOR),
    ("template_edit", "GET", Role.EDITOR),
    ("template_edit", "POST", Role.EDITOR),
    ("template_list", "GET", Role.VIEWER),
]
NAMES_FOR_MEMBERS = sorted({name for name, _, _ in FOR_MEMBERS})
METHODS = {name: {method for other, method, _ in FOR_MEMBERS if other == name} for name in NAMES_FOR_MEMBERS}

# Pages of a test that its provider makes in steps, and what else is in their address.
STAGED: dict[str, list[str]] = {"experiment_change": [], "experiment_move": ["resume"], "experiment_testers": []}

# What else is in the address of a thing's page, besides its id.
MORE: dict[str, list[object]] = {"draft_version": [1]}

# A page that answers one of these has let somebody in, whatever it then said about what was asked.
LET_IN = {200, 204, 302, 400, 409, 422}


class Cast(NamedTuple):
    people: dict[str, User | None]  # from the least to the most powerful
    ids: dict[str, object]  # of Marlow's things, by the first word of the name of an address
    foreign: dict[str, object]  # of Halden's


def named_patterns(resolver=None, prefix=""):
    """(name or path, pattern) of every address but the operators' pages, which are walked in test_admin.py."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from named_patterns(entry, prefix + str(entry.pattern))
        else:
            assert isinstance(entry, URLPattern)
            yield entry.name or f"/{prefix}{entry.pattern}"


def things_of(workspace: Workspace, owner: User) -> dict[str, object]:
    connection = Connection(workspace=workspace, name="Airship", region="eu", key="k" * 22)
    connection.seal_secret("s" * 22, "http://127.0.0.1:9", owner)
    connection.save()
    draft = Draft.objects.create(workspace=workspace, connection=connection, owner=owner, name="Draft")
    plan = {"goal": "", "measure": "", "tags": [], "when": {"mode": "soon"}}
    draft.append(copy.deepcopy(DOCUMENT), plan, by=owner, based_on=0, name="Draft")
    experiment = Experiment.objects.create(
        workspace=workspace,
        connection=connection,
        remote_id=str(uuid.uuid4()),
        name="Test",
        status=Status.SCHEDULED,
        scheduled_at=timezone.now() + timedelta(days=1),
    )
    staged = Experiment.objects.create(
        workspace=workspace,
        connection=connection,
        provider="qonversion",
        remote_id=str(uuid.uuid4()),
        name="Paywall test",
        status=Status.PAUSED,
        raw_text='{"name": "Paywall test", "status": "paused"}',
    )
    operation = Operation.objects.create(
        workspace=workspace,
        connection=connection,
        connection_version=1,
        kind=Kind.CREATE,
        state=State.NEEDS_PERSON,
        name="Test",
        by=owner,
    )
    newcomer = User.objects.create_user(f"newcomer@{workspace.slug}.example.com", "x", name="Newcomer")
    membership = Membership.objects.create(workspace=workspace, user=newcomer, role=Role.VIEWER)
    template = Template.objects.create(
        workspace=workspace, kind=Template.Kind.TEST, provider="airship", name="Kept", document_text="{}"
    )
    invitation, _ = Invitation.make(workspace, "sofia@example.com", Role.EDITOR, owner)
    return {
        "connection": connection.pk,
        "draft": draft.pk,
        "contact": draft.pk,  # the contact sheet of a draft
        "experiment": experiment.pk,
        "staged": staged.pk,
        "operation": operation.pk,
        "member": membership.pk,
        "invitation": invitation.pk,
        "template": template.pk,
    }


@pytest.fixture
def cast(workspace, elsewhere, alice, paula, bob, vera, charlie) -> Cast:
    people = {"anonymous": None, "charlie": charlie, "vera": vera, "bob": bob, "paula": paula, "alice": alice}
    return Cast(people, things_of(workspace, alice), things_of(elsewhere, charlie))


def address(name: str, ids: dict[str, object], slug: str = "marlow") -> str:
    if not takes_id(name):
        return reverse(name, args=[slug])
    thing = ids["staged" if name in STAGED else name.split("_")[0]]
    return reverse(name, args=[slug, thing, *STAGED.get(name, []), *MORE.get(name, [])])


def takes_id(name: str) -> bool:
    return not (name.endswith(("_new", "_list", "_read", "_invite", "_import")) or name == "settings")


def ask(client, method: str, path: str):
    return client.get(path) if method == "GET" else client.post(path, {"change": "stop"})


def test_every_address_has_a_row():
    known = OPEN_TO_ALL | FOR_ANYBODY_SIGNED_IN | set(NAMES_FOR_MEMBERS)
    assert sorted(named_patterns()) == sorted(known)


@pytest.mark.parametrize(("name", "method", "role"), FOR_MEMBERS)
def test_a_page_of_a_workspace_opens_for_its_roles_only(cast, visit, name, method, role):
    path, roles = address(name, cast.ids), list(Role)
    may = {person: Role(membership.role).allows(role) for person, membership in memberships(cast)}
    answers = {}
    for person, user in cast.people.items():  # the most powerful comes last: what it changes disturbs nobody
        answers[person] = ask(visit(user), method, path)
    assert answers["anonymous"].headers["Location"].startswith("/sign-in/?next=")
    assert answers["charlie"].status_code == 404
    assert {person: answers[person].status_code for person in may if not may[person]} == {
        person: 403 for person in may if not may[person]
    }
    let_in = {person: answers[person].status_code for person in may if may[person]}
    assert len(let_in) == len(roles) - roles.index(role)
    assert set(let_in.values()) <= LET_IN, let_in


def memberships(cast):
    for person in ("vera", "bob", "paula", "alice"):
        yield person, cast.people[person].memberships.get()


@pytest.mark.parametrize(("name", "method", "role"), [row for row in FOR_MEMBERS if takes_id(row[0])])
def test_bad_45_the_id_of_another_workspace_is_as_if_it_did_not_exist(cast, visit, name, method, role):
    alices = visit(cast.people["alice"])
    foreign = ask(alices, method, address(name, cast.foreign))
    nowhere: dict[str, object] = {**dict.fromkeys(cast.ids, uuid.uuid4()), "member": 999_999}
    missing = ask(alices, method, address(name, nowhere))
    assert foreign.status_code == missing.status_code == 404
    assert ask(alices, method, address(name, cast.ids)).status_code in LET_IN


@pytest.mark.parametrize("name", NAMES_FOR_MEMBERS)
def test_bad_46_other_methods_are_refused(cast, visit, name):
    alices, path = visit(cast.people["alice"]), address(name, cast.ids)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - METHODS[name]:
        assert alices.generic(method, path).status_code == 405, method
    for method in sorted(METHODS[name]):
        assert ask(alices, method, path).status_code in LET_IN


@pytest.mark.parametrize("name", sorted(FOR_ANYBODY_SIGNED_IN))
def test_a_page_of_ones_own_needs_a_sign_in_and_no_workspace(cast, visit, name):
    for person, user in cast.people.items():
        response = visit(user).get(reverse(name))
        if user is None:
            assert response.headers["Location"].startswith("/sign-in/?next=")
        else:
            assert response.status_code in {200, 302}, person
            assert "/sign-in/" not in response.headers.get("Location", "")


@pytest.mark.parametrize("name", sorted(OPEN_TO_ALL))
def test_the_way_in_is_open(cast, visit, name):
    values: dict[str, list[object]] = {"account_reset_password_from_key": ["1", "x-y"], "invitation_accept": ["x" * 43]}
    path = name if name.startswith("/") else reverse(name, args=values.get(name, []))
    for user in cast.people.values():
        response = visit(user).get(path)
        assert response.status_code in ({404} if name == "invitation_accept" else {200, 301, 302})
        assert "/sign-in/?next=" not in response.headers.get("Location", "")


def test_opening_every_page_changes_nothing(cast, visit):
    def rows():
        models = (Workspace, Membership, Invitation, Connection, Draft, Experiment, Operation)
        return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}

    before = rows()
    for name, method, _ in FOR_MEMBERS:
        if method == "GET":
            assert visit(cast.people["alice"]).get(address(name, cast.ids)).status_code in LET_IN
    assert rows() == before
