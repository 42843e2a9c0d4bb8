"""What the demo begins with, and that it begins again whatever people did in it."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from experiments.models import Template
from experiments.views.messages.previews import person_of
from workspaces.models import Membership, Role, User, Workspace


@pytest.fixture
def load(db, settings, monkeypatch, capsys) -> Callable[[], str]:
    """Runs `manage.py demo_data` without asking any provider, and returns what it prints."""
    monkeypatch.setattr("experiments.tasks.hint", lambda *given: None)

    def run() -> str:
        settings.DEMO = True
        call_command("demo_data", "--skip-checks", "--airship-key=demo-key", "--airship-secret=demo-secret")
        return capsys.readouterr().out

    return run


def test_demo_starts_again_when_somebody_joined_a_second_workspace(load):
    first = load()
    alice = User.objects.get(email="alice@example.com")
    Membership.objects.create(
        user=alice, workspace=Workspace.objects.create(slug="third", name="Third"), role=Role.VIEWER
    )
    assert load() == first
    assert "Admin of Marlow Running" in first


def test_demo_starts_again_when_somebody_left_its_only_workspace(load):
    load()
    Membership.objects.get(user__email="charlie@example.com").delete()
    assert "Admin of Halden Books" in load()


def test_demo_has_one_template_of_each_kind_and_loads_them_once(load):
    load()
    kinds = sorted(Template.objects.values_list("kind", flat=True))
    assert kinds == sorted(Template.Kind.values)
    load()
    assert Template.objects.count() == 3


def test_demo_shows_personalisation_with_a_sample_person(load):
    load()
    workspace = Workspace.objects.get(slug="marlow-running")
    newest = workspace.drafts.get(name="Sunday long run reminder").newest
    push = newest.document["variants"][0]["push"]
    assert push["options"] == {"personalization": True}
    assert push["notification"]["alert"].startswith("{{first_name}}")
    assert person_of(newest.plan["sample"]) == {"first_name": "Ines"}
    assert workspace.drafts.get(name="Sunday long run reminder").problems == 0


def test_demo_data_are_refused_outside_the_demo(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="only for the demo"):
        call_command("demo_data", "--skip-checks", "--airship-key=k", "--airship-secret=s")
    assert not User.objects.exists()
