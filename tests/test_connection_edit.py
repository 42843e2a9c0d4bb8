"""Changing, testing and removing a connection. A secret is kept only for the host it was given for."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from experiments import mirror
from experiments.models import Experiment, Kind, Operation, State, Sync
from workspaces import vault
from workspaces.models import AuditEntry, Connection

KEY, SECRET, OTHER = "appkey-0123456789_ABCD", "secret-canary_98765432", "secret-second_12345678"
Health = Connection.Health


@pytest.fixture
def held(workspace, alice, settings) -> Connection:
    settings.PROVIDER_URLS = {("airship", "us"): "http://127.0.0.1:9", ("airship", "eu"): "http://127.0.0.1:10"}
    made = Connection(workspace=workspace, name="Airship EU", region="eu", key=KEY)
    made.seal_secret(SECRET, "http://127.0.0.1:10", alice)
    made.save()
    made.record_health(Health.ACTIVE, "96 tests")
    return made


def address(connection, verb="") -> str:
    return f"/w/marlow/settings/connections/{connection.pk}/{verb}"


def save(client, connection, **changes):
    return client.post(address(connection), {"name": "Airship EU", "region": "eu", "secret": "", **changes})


def test_a_new_name_keeps_secret_and_health(visit, alice, held):
    assert save(visit(alice), held, name="Marlow app").headers["Location"] == address(held)
    before = held.secret
    held.refresh_from_db()
    assert (held.name, held.secret, held.version, held.health) == ("Marlow app", before, 1, Health.ACTIVE)
    assert AuditEntry.objects.get(action="connection.change").data == {"changed": ["name"]}


def test_nothing_changed_writes_nothing_down(visit, alice, held):
    save(visit(alice), held)
    assert not AuditEntry.objects.exists()


def test_a_new_secret_counts_up_and_must_be_tested(visit, alice, held):
    old = held.secret
    save(visit(alice), held, secret=OTHER)
    held.refresh_from_db()
    assert held.reveal_secret() == OTHER
    assert (held.version, held.health, held.is_working) == (2, Health.UNTESTED, False)
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(old, held.context)
    entry = AuditEntry.objects.get(action="connection.change")
    assert entry.data == {"changed": ["secret"]}
    assert OTHER not in str(vars(entry))


def test_another_site_needs_the_secret_again(visit, alice, held):
    response = save(visit(alice), held, region="us")
    assert response.status_code == 422
    assert "is not sent anywhere else" in response.context["form"].errors["secret"][0]
    held.refresh_from_db()
    assert (held.region, held.host) == ("eu", "http://127.0.0.1:10")
    save(visit(alice), held, region="us", secret=SECRET)
    held.refresh_from_db()
    assert (held.region, held.host, held.reveal_secret()) == ("us", "http://127.0.0.1:9", SECRET)


def test_a_deployment_that_moves_the_host_asks_for_the_secret_again(visit, alice, held, settings):
    assert held.reveal_secret() == SECRET
    settings.PROVIDER_URLS = {("airship", "us"): "http://127.0.0.1:9", ("airship", "eu"): "http://127.0.0.1:11"}
    with pytest.raises(vault.CannotOpen):
        held.reveal_secret()
    assert save(visit(alice), held).status_code == 422
    save(visit(alice), held, secret=SECRET)
    held.refresh_from_db()
    assert held.host == "http://127.0.0.1:11"


def test_the_app_key_of_a_connection_that_worked_stays(visit, alice, held):
    save(visit(alice), held, key="another_0123456789_ABC", secret=OTHER)
    held.refresh_from_db()
    assert (held.key, held.reveal_secret()) == (KEY, OTHER)


def test_the_app_key_of_a_connection_that_never_worked_can_be_mended_with_its_secret(visit, alice, held):
    Connection.objects.update(worked_at=None)
    assert save(visit(alice), held, key="another_0123456789_ABC").status_code == 422
    save(visit(alice), held, key="another_0123456789_ABC", secret=OTHER)
    held.refresh_from_db()
    assert held.key == "another_0123456789_ABC"


def test_testing_again_keeps_it_working_meanwhile(visit, alice, held):
    client = visit(alice)
    response = client.post(address(held, "test/"), headers={"HX-Request": "true"})
    assert "Being tested" in response.text
    held.refresh_from_db()
    assert held.is_working
    held.record_health(Health.REFUSED, "Airship does not accept this key.")
    asked = response.text.split('hx-get="')[1].split('"')[0]
    done = client.get(asked, headers={"HX-Request": "true"}).text
    assert "Airship does not accept this key." in done
    assert "hx-trigger" not in done


def test_without_script_the_page_offers_to_look_again(visit, alice, held):
    page = visit(alice).post(address(held, "test/"), follow=True).text
    assert "Being tested" in page
    assert "Look again" in page


def test_a_test_that_no_worker_takes_is_told_and_the_asking_ends(visit, alice, held):
    client = visit(alice)
    text = client.post(address(held, "test/"), headers={"HX-Request": "true"}).text
    asked = text.split('hx-get="')[1].split('"')[0]
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        late = client.get(asked, headers={"HX-Request": "true"}).text
    assert "no worker has taken it" in late
    assert "hx-trigger" not in late


@pytest.mark.parametrize(
    "since", ["nonsense", "2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00", "", "2026-13-45"]
)
def test_a_made_up_moment_in_the_address_changes_nothing(visit, alice, held, since):
    page = visit(alice).get(address(held), {"since": since})
    assert page.status_code == 200
    assert "Working" in page.text


def operation_in(state, held) -> Operation:
    return Operation.objects.create(
        workspace=held.workspace,
        connection=held,
        connection_version=1,
        kind=Kind.CREATE,
        state=state,
        name="T",
    )


def test_removing_asks_first_and_forgets_the_secret(visit, alice, held):
    operation_in(State.SUCCEEDED, held)
    assert "forgets the secret" in visit(alice).get(address(held, "remove/")).text
    held.refresh_from_db()
    assert not held.is_removed
    assert visit(alice).post(address(held, "remove/")).status_code == 302
    held.refresh_from_db()
    assert (held.is_removed, held.secret, held.is_working) == (True, "", False)
    with pytest.raises(vault.CannotOpen):
        held.reveal_secret()
    assert AuditEntry.objects.get().action == "connection.remove"


@pytest.mark.parametrize("state", [State.QUEUED, State.ON_WIRE, State.UNKNOWN, State.NEEDS_PERSON])
def test_a_connection_with_open_operations_stays(visit, alice, held, state):
    operation_in(state, held)
    response = visit(alice).post(address(held, "remove/"))
    assert response.status_code == 409
    assert "1 operation on this connection is not finished" in response.text
    held.refresh_from_db()
    assert (held.is_removed, held.reveal_secret()) == (False, SECRET)


def test_a_removed_connection_has_no_page_and_frees_its_key(visit, alice, held):
    client = visit(alice)
    client.post(address(held, "remove/"))
    for verb in ("", "test/", "remove/"):
        assert client.get(address(held, verb)).status_code == 404
    new = {"provider": "airship", "name": "Again", "region": "eu", "key": KEY, "secret": SECRET}
    client.post("/w/marlow/settings/connections/new/", new)
    assert held.workspace.connections.filter(is_removed=False).get().name == "Again"


@pytest.mark.parametrize("verb", ["", "test/", "remove/"])
def test_only_admins_of_this_workspace_reach_it(visit, alice, paula, charlie, held, verb):
    assert visit(alice).get(address(held, verb), follow=True).status_code == 200
    for method in ("get", "post"):
        assert getattr(visit(paula), method)(address(held, verb)).status_code == 403
        assert getattr(visit(charlie), method)(address(held, verb)).status_code == 404
        other = address(held, verb).replace("marlow", "halden")
        assert getattr(visit(charlie), method)(other).status_code == 404
    held.refresh_from_db()
    assert held.reveal_secret() == SECRET


def test_a_connection_tells_how_many_tests_it_holds(visit, vera, held):
    assert "tests, read" not in visit(vera).get("/w/marlow/settings/").text
    for number in range(3):
        Experiment.objects.create(
            workspace=held.workspace,
            connection=held,
            remote_id=str(number),
            gone_at=timezone.now() if number == 0 else None,
        )
    Sync.objects.create(connection=held, finished_at=timezone.now())
    assert "2 tests, read" in visit(vera).get("/w/marlow/settings/").text


def test_health_carries_its_time(visit, alice, connection):
    before = timezone.now()
    mirror.check_connection(str(connection.pk))
    connection.refresh_from_db()
    assert connection.checked_at >= before
    assert "Last test: <time" in visit(alice).get("/w/marlow/settings/").text
