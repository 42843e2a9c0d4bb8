"""A tiny Qonversion that answers each question that no page answers in the way a test chooses.

Written from the vendor's pages for the tests of the client alone; the sandbox is another, fuller one.
"""

import json
import socket
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from experiments.providers.shapes import Account, Secret
from tests.scripted_server import ScriptedServer, answer

KEY = "sk_0123456789abcdef"


@dataclass
class Choices:
    """Both generations of the pages, and what neither tells."""

    shows_alias: bool = True
    takes_alias_as_id: bool = False
    refuses_second_alias: bool = True
    created_status: int = 201
    tells_id: str = "body"  # or "location", "path", "nothing"
    page: int = 0  # rows of a page; 0 is no paging
    is_deaf_to_cursor: bool = False
    restarts: bool = False
    empty_answers: bool = False  # 204 where a body is not promised
    second_delete: int = 404
    illegal_move: int = 409
    metric_in_summary: str = "keys"  # or "entries"


@dataclass
class Qonversion:
    """The project behind `url`. `seen` holds "METHOD path" of each request, `bodies` what came with it."""

    choices: Choices = field(default_factory=Choices)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    testers: dict[str, tuple[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any] | None] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # "METHOD path" whose answer does not come back, once each

    def __enter__(self):
        self._server = ScriptedServer(self._act).__enter__()
        return self

    def __exit__(self, *error):
        self._server.__exit__(*error)

    @property
    def account(self) -> Account:
        return Account(self._server.url, "", Secret(KEY), allow_loopback=True)

    def _act(self, server: ScriptedServer, connection: socket.socket) -> None:
        head, _, body = server.read(connection).partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        address = urlsplit(target)
        self.seen.append(f"{method} {unquote(target)}")
        self.bodies.append(json.loads(body) if body else None)
        if f"Authorization: Bearer {KEY}".encode() not in head:
            said = _error(401, "request", "control_unauthorized", "Authorization error")
        else:
            path = address.path.removeprefix("/v4/experiments").strip("/").split("/")
            said = self._answer(method, [part for part in path if part], parse_qs(address.query), self.bodies[-1])
        if f"{method} {address.path}" in self.lost:
            self.lost.remove(f"{method} {address.path}")
        else:
            connection.sendall(said)

    def _answer(self, method, path, query, body):
        match method, path:
            case "GET", []:
                return self._list(list(map(self._shown, self.experiments.values())), query, "/v4/experiments")
            case "POST", []:
                return self._create(body)
            case "GET", ["summary"]:
                return self._summary(query.get("filter[experiment_uid][]", []))
        held = self._held(path[0])
        if held is None:
            if method == "DELETE" and len(path) == 1 and self.choices.second_delete == 204:
                return answer(204)
            return _error(404, "resource", "not_found", "Experiment not found")
        groups = self.groups[held["id"]]
        match method, path[1:]:
            case "GET", []:
                return _json(200, self._shown(held))
            case "PATCH", []:
                assert "alias_id" not in body
                held |= body
                return self._quiet(200, self._shown(held))
            case "DELETE", []:
                del self.experiments[held["id"]]
                return answer(204)
            case "POST", ["status"]:
                if held["status"] == "finished":
                    return _error(self.choices.illegal_move, "logical", "4711", "Finished for good")
                held["status"] = body["status"]
                return self._quiet(200, self._shown(held))
            case "GET", ["groups"]:
                return self._list(groups, query, f"/v4/experiments/{held['id']}/groups")
            case "POST", ["groups"]:
                groups.append({"object": "experiment_group", "id": f"{len(groups):08x}", "is_control": False, **body})
                return self._made(groups[-1], f"/v4/experiments/{held['id']}/groups/{groups[-1]['id']}")
            case _, ["groups", group_id]:
                return self._group(method, groups, group_id, body)
            case _, ["users", user_id]:
                return self._user(method, held["id"], user_id, body)
        return _error(404, "request", "invalid_request", "No such address")

    def _held(self, name):
        found = self.experiments.get(name)
        if found is None and self.choices.takes_alias_as_id:
            found = next((one for one in self.experiments.values() if one["alias_id"] == name), None)
        return found

    def _shown(self, held):
        return {key: value for key, value in held.items() if key != "alias_id" or self.choices.shows_alias}

    def _create(self, body):
        if self.choices.refuses_second_alias and any(
            one["alias_id"] == body["alias_id"] for one in self.experiments.values()
        ):
            return _error(409, "resource", "already_exists", "This alias is taken")
        made = {"object": "experiment", "id": str(uuid.uuid4()), "status": "draft", "started_at": None} | body
        self.experiments[made["id"]], self.groups[made["id"]] = made, []
        return self._made(self._shown(made), f"/v4/experiments/{made['id']}")

    def _made(self, thing, path):
        where = {"location": f"Location: https://api.qonversion.io{path}", "path": f"Location: {path}"}
        headers = [where[self.choices.tells_id]] if self.choices.tells_id in where else []
        shown = thing if self.choices.tells_id == "body" else {k: v for k, v in thing.items() if k != "id"}
        return _json(self.choices.created_status, shown, *headers)

    def _quiet(self, status, body):
        return answer(204) if self.choices.empty_answers else _json(status, body)

    def _list(self, rows, query, url):
        size, after = self.choices.page or len(rows) or 1, query.get("starting_after", [""])[0]
        start = next((place + 1 for place, row in enumerate(rows) if row["id"] == after), 0)
        is_restarted = bool(after) and self.choices.restarts
        if self.choices.is_deaf_to_cursor or is_restarted:
            start = 0
        part, has_more = rows[start : start + size], start + size < len(rows)
        headers = ["X-Qon-Pagination-Restarted: true"] if is_restarted else []
        return _json(200, {"object": "list", "url": url, "data": part, "has_more": has_more}, *headers)

    def _group(self, method, groups, group_id, body):
        group = next((one for one in groups if one["id"] == group_id), None)
        if group is None:
            return _error(404, "resource", "not_found", "Group not found")
        if method == "DELETE":
            groups.remove(group)
            return answer(204)
        group |= body
        return self._quiet(200, group)

    def _user(self, method, experiment_id, user_id, body):
        if method == "DELETE":
            gone = self.testers.pop(user_id, None)
            return answer(204) if gone else _error(404, "resource", "not_found", "User not attached")
        if self.testers.get(user_id, (experiment_id,))[0] != experiment_id:
            return _error(409, "resource", "already_exists", "client already attached to experiment")
        self.testers[user_id] = (experiment_id, body["group_id"])
        return self._quiet(200, {})

    def _summary(self, ids):
        if not 1 <= len(ids) <= 50:
            return _error(400, "request", "invalid_data", "Give 1 to 50 experiments")
        items = []
        for number, held in enumerate(self.experiments[one] for one in ids if one in self.experiments):
            groups = [
                {"uid": group["id"], "experiment_group_id": 400, "name": group.get("name"), "weight": group["weight"]}
                | {"control": int(group["is_control"]), "created_at": 0}
                | self._figures()
                for group in self.groups[held["id"]]
            ]
            items.append(
                {"uid": held["id"], "experiment_id": 11 + number, "status": held["status"], "groups": groups}
                | {"created_at": 1709654400, "context_specific": False}
            )
        return _json(200, {"total_count": len(items), "items": items})

    def _figures(self):
        if self.choices.metric_in_summary == "keys":
            return {"users": 120, "user-to-trial": 0.31}
        return {"metrics": [{"metric": "user-to-trial", "value": 0.31, "p_value": 0.2}, {"metric": "odd", "value": 7}]}


def _json(status, body, *headers):
    return answer(status, json.dumps(body).encode(), "Content-Type: application/json", *headers)


def _error(status, kind, code, message):
    return _json(status, {"error": {"type": kind, "code": code, "message": message}})
