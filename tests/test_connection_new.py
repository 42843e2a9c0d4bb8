"""A provider's key comes in: tidied, judged by its shape, sealed, and tested before it counts."""

import base64

import pytest

from experiments import mirror
from experiments.forms.connections import tidy
from workspaces.models import AuditEntry, Connection

ADDRESS = "/w/marlow/settings/connections/new/"
KEY, SECRET = "appkey-0123456789_ABCD", "secret-canary_98765432"
Health = Connection.Health


def fill(**changes):
    return {"provider": "airship", "name": "Airship EU", "region": "eu", "key": KEY, "secret": SECRET, **changes}


def errors_of(response, field) -> str:
    assert response.status_code == 422
    assert "Nothing was saved and no key was tested." in response.text
    return str(response.context["form"].errors.get(field, [""])[0])


def test_a_new_connection_is_sealed_and_waits_for_its_test(visit, alice, workspace):
    response = visit(alice).post(ADDRESS, fill())
    made = workspace.connections.get()
    assert response.headers["Location"].startswith(f"/w/marlow/settings/connections/{made.pk}/?since=")
    assert (made.health, made.is_working, made.secret_set_by) == (Health.UNTESTED, False, alice)
    assert SECRET not in made.secret
    assert made.reveal_secret() == SECRET
    assert AuditEntry.objects.get(action="connection.add").object_name == "Airship EU"


def test_the_page_asks_every_second_until_the_test_is_done(visit, alice, workspace, sandbox):
    client = visit(alice)
    page = client.post(ADDRESS, fill(key=sandbox.key, secret=sandbox.secret), follow=True).text
    made = workspace.connections.get()
    assert "Being tested" in page
    assert 'hx-trigger="every 1s"' in page
    asked = page.split('hx-get="')[-1].split('"')[0]
    again = client.get(asked, headers={"HX-Request": "true"}).text
    assert "Being tested" in again
    assert "<html" not in again
    mirror.check_connection(str(made.pk))
    done = client.get(asked, headers={"HX-Request": "true"}).text
    assert "Working" in done
    assert "hx-trigger" not in done
    made.refresh_from_db()
    assert made.is_working
    assert made.checked_at is not None


def test_a_refused_key_is_told_with_the_form_to_mend_it(visit, alice, workspace, sandbox):
    client = visit(alice)
    client.post(ADDRESS, fill(key=sandbox.key, secret="x" * 22))
    made = workspace.connections.get()
    mirror.check_connection(str(made.pk))
    page = client.get(f"/w/marlow/settings/connections/{made.pk}/").text
    assert "Key refused" in page
    assert "the project lives on the other site" in page
    assert 'name="secret"' in page
    made.refresh_from_db()
    assert not made.is_working
    client.post(
        f"/w/marlow/settings/connections/{made.pk}/",
        {"name": "Airship EU", "region": "eu", "key": sandbox.key, "secret": sandbox.secret},
    )
    mirror.check_connection(str(made.pk))
    made.refresh_from_db()
    assert made.is_working


def test_a_refused_key_is_not_tried_at_another_site(visit, alice, workspace, sandbox, settings):
    settings.PROVIDER_URLS = {("airship", "us"): "http://127.0.0.1:9", ("airship", "eu"): sandbox.url}
    visit(alice).post(ADDRESS, fill(region="us", key=sandbox.key, secret=sandbox.secret))
    mirror.check_connection(str(workspace.connections.get().pk))
    assert workspace.connections.get().health == Health.UNREACHABLE
    visit(alice).post(
        f"/w/marlow/settings/connections/{workspace.connections.get().pk}/",
        {"name": "x", "region": "eu", "key": sandbox.key, "secret": sandbox.secret},
    )
    mirror.check_connection(str(workspace.connections.get().pk))
    assert workspace.connections.get().health == Health.ACTIVE


def test_bad_48_blanks_line_breaks_and_quotes_are_left_out_with_a_notice(visit, alice, workspace):
    pasted = fill(key=f"  “{KEY}”\r\n", secret=f'"{SECRET[:8]}\n{SECRET[8:]}"\u200b ')
    page = visit(alice).post(ADDRESS, pasted, follow=True).text
    made = workspace.connections.get()
    assert (made.key, made.reveal_secret()) == (KEY, SECRET)
    assert "Blanks or quotes around the app key were left out." in page
    assert "Blanks or quotes around the master secret were left out." in page


def test_a_clean_key_gets_no_notice(visit, alice, workspace):
    assert "were left out" not in visit(alice).post(ADDRESS, fill(), follow=True).text
    assert workspace.connections.exists()


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        (" a ", "a"),
        ("'a'", "a"),
        ("a,\n", "a"),
        ("\ufeffa\u00a0", "a"),
        ("a b", "ab"),
        ("`a`", "a"),
        ("", ""),
        ("a-_", "a-_"),
    ],
)
def test_tidying_takes_away_only_what_surrounds_a_key(pasted, kept):
    assert tidy(pasted) == kept


@pytest.mark.parametrize(
    "pair",
    [
        f"{KEY}:{SECRET}",
        base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
    ],
)
@pytest.mark.parametrize("field", ["key", "secret"])
def test_bad_48_the_pair_in_one_field_is_recognised(visit, alice, workspace, field, pair):
    response = visit(alice).post(ADDRESS, fill(**{field: pair}))
    assert "in one, as a Basic header carries them" in errors_of(response, field)
    assert not workspace.connections.exists()


@pytest.mark.parametrize("value", ["x" * 21, "x" * 23, "x" * 21 + "/", "", "х" * 22, "x" * 500])
@pytest.mark.parametrize("field", ["key", "secret"])
def test_bad_48_another_shape_is_refused_with_a_hint(visit, alice, workspace, field, value):
    assert errors_of(visit(alice).post(ADDRESS, fill(**{field: value})), field)
    assert not workspace.connections.exists()


def test_the_key_twice_is_refused(visit, alice, workspace):
    assert "a second time" in errors_of(visit(alice).post(ADDRESS, fill(secret=KEY)), "secret")


def test_a_known_app_key_as_secret_hints_that_they_are_swapped(visit, alice, workspace):
    client = visit(alice)
    client.post(ADDRESS, fill())
    response = client.post(ADDRESS, fill(key=SECRET, secret=KEY))
    assert "Are the two swapped?" in errors_of(response, "secret")


def test_the_same_app_key_twice_in_a_workspace_is_refused(visit, alice, workspace):
    client = visit(alice)
    client.post(ADDRESS, fill())
    response = client.post(ADDRESS, fill(name="Another"))
    assert "“Airship EU” in this workspace already uses this app key." in errors_of(response, "key")
    assert workspace.connections.count() == 1


def test_two_workspaces_may_use_the_same_key(visit, alice, charlie, workspace, elsewhere):
    visit(alice).post(ADDRESS, fill())
    visit(charlie).post("/w/halden/settings/connections/new/", fill())
    assert elsewhere.connections.get().reveal_secret() == SECRET


@pytest.mark.parametrize("changes", [{"region": "mars"}, {"provider": "other"}, {"name": " "}, {"name": "\u200b"}])
def test_nonsense_is_refused(visit, alice, workspace, changes):
    assert errors_of(visit(alice).post(ADDRESS, fill(**changes)), next(iter(changes)))
    assert not workspace.connections.exists()


def test_a_refused_form_does_not_give_the_secret_back(visit, alice, workspace):
    response = visit(alice).post(ADDRESS, fill(name=""))
    assert errors_of(response, "name")
    assert KEY in response.text
    assert SECRET not in response.text


@pytest.mark.parametrize("who", ["paula", "bob", "vera"])
def test_only_admins_add_connections(request, visit, alice, workspace, who):
    client = visit(request.getfixturevalue(who))
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, fill()).status_code == 403
    assert not workspace.connections.exists()
    assert visit(alice).get(ADDRESS).status_code == 200


# -- a provider whose secret is all there is


def key(**changes):
    return {"provider": "qonversion", "name": "Paywalls", "region": "production", "secret": "sk_canary-42", **changes}


def test_the_form_asks_for_what_the_chosen_provider_has(visit, alice, workspace):
    client = visit(alice)
    airship, qonversion = client.get(ADDRESS).text, client.get(f"{ADDRESS}?provider=qonversion").text
    assert 'name="key"' in airship
    assert 'name="key"' not in qonversion
    assert "Qonversion environment" in qonversion
    assert "test_sk_" not in qonversion
    assert 'name="key"' in client.get(f"{ADDRESS}?provider=nobody").text


def test_a_secret_key_alone_makes_a_working_connection(visit, alice, workspace, sandbox):
    client = visit(alice)
    client.post(ADDRESS, key(secret=f" {sandbox.secret_key}\n"))
    made = workspace.connections.get()
    assert made.reveal_secret() == sandbox.secret_key
    assert sandbox.secret_key not in f"{made.key} {made.secret}"
    mirror.check_connection(str(made.pk))
    made.refresh_from_db()
    assert made.is_working
    page = client.get("/w/marlow/settings/").text
    assert "Production. Secret key" in page
    assert made.key not in page
    assert "App key" not in page


def test_a_key_that_qonversion_does_not_know_is_refused_with_its_own_reasons(visit, alice, workspace, sandbox):
    client = visit(alice)
    client.post(ADDRESS, key())
    made = workspace.connections.get()
    mirror.check_connection(str(made.pk))
    page = client.get(f"/w/marlow/settings/connections/{made.pk}/").text
    assert "Key refused" in page
    assert "the project key of an app was taken" in page
    assert "master secret" not in page


@pytest.mark.parametrize(
    ("region", "secret", "label"), [("production", "test_sk_1", "Sandbox"), ("sandbox", "sk_1", "Production")]
)
def test_a_secret_of_the_other_environment_is_told(visit, alice, workspace, region, secret, label):
    told = errors_of(visit(alice).post(ADDRESS, key(region=region, secret=secret)), "secret")
    assert f"This is a secret key for {label}" in told
    assert not workspace.connections.exists()


@pytest.mark.parametrize("secret", ["", "test_1", "pk_1", "Bearer sk_1", "sk_"])
def test_what_is_no_secret_key_is_refused(visit, alice, workspace, secret):
    assert errors_of(visit(alice).post(ADDRESS, key(secret=secret)), "secret")
    assert not workspace.connections.exists()


def test_the_same_secret_twice_is_refused_and_another_workspace_may_use_it(visit, alice, charlie, workspace, elsewhere):
    visit(alice).post(ADDRESS, key())
    again = visit(alice).post(ADDRESS, key(name="Another"))
    assert "“Paywalls” in this workspace already uses this secret key." in errors_of(again, "secret")
    visit(charlie).post("/w/halden/settings/connections/new/", key())
    assert elsewhere.connections.count() == workspace.connections.count() == 1


def test_a_new_secret_is_taken_and_the_environment_stays(visit, alice, workspace, sandbox):
    client = visit(alice)
    client.post(ADDRESS, key(secret=sandbox.secret_key))
    made = workspace.connections.get()
    mirror.check_connection(str(made.pk))
    edit = f"/w/marlow/settings/connections/{made.pk}/"
    assert "A new one must belong to the same project" in client.get(edit).text
    client.post(edit, {"name": "Paywalls", "region": "sandbox", "secret": "sk_new"})
    made.refresh_from_db()
    assert (made.region, made.reveal_secret()) == ("production", "sk_new")
    client.post(edit, {"name": "Renamed", "secret": ""})
    made.refresh_from_db()
    assert (made.name, made.reveal_secret()) == ("Renamed", "sk_new")
