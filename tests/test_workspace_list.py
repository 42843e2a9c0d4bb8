"""The workspaces of a person, as a page and as the menu of the switcher."""

from workspaces.models import Membership, Role


def test_home_leads_to_the_first_workspace(visit, alice):
    assert visit(alice).get("/").headers["Location"] == "/w/marlow/experiments/"


def test_somebody_without_a_workspace_is_told_what_to_do(visit, alice):
    alice.memberships.all().delete()
    page = visit(alice).get("/", follow=True).text
    assert "You are in no workspace yet" in page
    assert "alice@example.com" in page


def test_the_list_holds_own_workspaces_only(visit, alice, elsewhere):
    page = visit(alice).get("/workspaces/").text
    assert "Marlow Running" in page
    assert "Halden Books" not in page


def test_the_menu_ticks_the_current_workspace(visit, alice, elsewhere):
    Membership.objects.create(workspace=elsewhere, user=alice, role=Role.VIEWER)
    response = visit(alice).get("/workspaces/?in=halden", headers={"HX-Request": "true"})
    assert "<html" not in response.text
    ticked = [line for line in response.text.split("<a ") if "#i-tick" in line]
    assert len(ticked) == 1
    assert "Halden Books" in ticked[0]
    assert "HX-Request" in response.headers["Vary"]
