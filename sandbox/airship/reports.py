"""The four reports, all found by push id.

Reference: https://docs.airship.com/developer/rest-api/ua/operations/reports/
"""

import json

from sandbox.airship.answers import answer, not_found, problem
from sandbox.airship.life import Arm, Fate, Figures, added, arm_figures, fate, figures
from sandbox.clock import Clock, iso
from sandbox.state import App, State, Stored
from sandbox.switches import Switches
from sandbox.wire import Answer

NO_CONTROL: dict[str, object] = {"audience_pct": 0.0, "sends": 0, "responses": 0, "response_rate_pct": 0.0}
SDK_PLATFORMS = ("ios", "android", "amazon", "web")


class NoReport(Exception):
    """There is nothing to report; the answer says so."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Reports:
    """The reports of one app key at one moment."""

    def __init__(self, state: State, clock: Clock, app: App) -> None:
        self.state, self.clock, self.app = state, clock, app
        self.switches: Switches = state.switches(app.key)

    def overview(self, push_id: str) -> Answer:
        stored, created = self._find(push_id)
        if stored is None:
            return self._answer(self._empty_overview(push_id, created))
        known = fate(self.app, stored)
        arms = [self._arm_row(arm) for arm in known.arms]
        total = added([added(list(arm_figures(arm, self.clock).values())) for arm in known.arms])
        web = added([arm_figures(arm, self.clock).get("web", Figures()) for arm in known.arms])
        single = len(arms) == 1 and self.switches.word("overview_single_variant") == "object"
        return self._answer(
            {
                **self._head(stored.id, push_id, created),
                "sends": total.sends,
                "direct_responses": total.direct,
                "influenced_responses": total.indirect,
                "web_clicks": web.direct,
                "web_sessions": web.direct + web.indirect,
                "variants": arms[0] if single else arms,
                "control": self._control(known, stored),
            }
        )

    def detail(self, push_id: str, written_number: str) -> Answer:
        stored, created = self._find(push_id)
        arm = self._arm(stored, written_number)
        if stored is None or arm is None:
            if self.switches.word("report_unknown_variant") == "400":
                return problem(400, "Could not parse request.", 40000, {"error": "no such variant"})
            return not_found()
        by_platform = arm_figures(arm, self.clock)
        total = added(list(by_platform.values()))
        return self._answer(
            {
                **self._head(stored.id, push_id, created),
                "variant": arm.number + self._first("report_variant_ids"),
                **self._name("variant_name", arm),
                "sends": total.sends,
                "direct_responses": total.direct,
                "influenced_responses": total.indirect,
                "platforms": {
                    name: self._platform(name, counts) for name, counts in by_platform.items() if name in SDK_PLATFORMS
                },
            }
        )

    def responses(self, push_id: str) -> Answer:
        stored, created = self._find(push_id)
        totals = self._by_platform(stored)
        opens = [
            {"id": name.removeprefix("open::"), "sends": counts.sends}
            for name, counts in totals.items()
            if name.startswith("open::")
        ]
        native = added([counts for name, counts in totals.items() if not name.startswith("open::")])
        return self._answer(
            {
                "push_uuid": push_id,
                "push_time": iso(created, " "),
                "push_type": self._push_type(stored),
                "direct_responses": native.direct,
                "sends": native.sends,
                **({"open_channels_sends": {"platforms": opens}} if opens else {}),
            }
        )

    def per_push(self, push_id: str) -> Answer:
        stored, created = self._find(push_id)
        totals = self._by_platform(stored)
        total = added(list(totals.values()))
        return self._answer(
            {
                "app_key": self.app.key,
                "push_id": push_id,
                "created": iso(created, " "),
                "sends": total.sends,
                "alerting_sends": total.sends,
                "silent_sends": 0,
                "direct_responses": total.direct,
                "influenced_responses": total.indirect,
                **dict.fromkeys(("rich_sends", "rich_responses", "rich_deletions"), 0),
                "platforms": {name: _three(totals[name]) for name in SDK_PLATFORMS if name in totals},
            }
        )

    # parts

    def _find(self, push_id: str) -> tuple[Stored | None, float]:
        """The test, or None for a plain push, and when it was made. Raises NoReport."""
        stored = self.state.experiment_by_push(self.app.key, push_id.lower())
        if stored is not None:
            waits = stored.started_at is None and self.switches.word("report_before_start") == "404"
            if waits or stored.deleted_at is not None:
                raise NoReport(not_found())
            return stored, stored.created_at
        created = self.state.push_created_at(self.app.key, push_id.lower())
        if created is None:
            if self.switches.word("report_unknown_push") == "404":
                raise NoReport(not_found())
            created = self.clock.now()
        return None, created

    def _head(self, experiment_id: str, push_id: str, created: float) -> dict[str, object]:
        return {
            "app_key": self.app.key,
            "experiment_id": experiment_id,
            "push_id": push_id,
            "created": iso(created, " "),
        }

    def _empty_overview(self, push_id: str, created: float) -> dict[str, object]:
        counts = ("sends", "direct_responses", "influenced_responses", "web_clicks", "web_sessions")
        empty: dict[str, object] = dict.fromkeys(counts, 0)
        return {**self._head(push_id, push_id, created), **empty, "variants": [], "control": NO_CONTROL}

    def _arm(self, stored: Stored | None, written_number: str) -> Arm | None:
        if stored is None or not (written_number.isascii() and written_number.isdigit() and len(written_number) < 4):
            return None
        index = int(written_number) - self._first("report_variant_ids")
        arms = fate(self.app, stored).arms
        return arms[index] if 0 <= index < len(arms) else None

    def _first(self, switch: str) -> int:
        return 0 if self.switches.word(switch) == "zero" else 1

    def _name(self, key: str, arm: Arm) -> dict[str, object]:
        position = self.switches.word("unnamed_variant")
        if arm.name or position == "empty":
            return {key: arm.name}
        return {key: f"Variant {chr(ord('A') + arm.number)}"} if position == "letter" else {}

    def _arm_row(self, arm: Arm) -> dict[str, object]:
        counts = added(list(arm_figures(arm, self.clock).values()))
        return {
            "id": arm.number + self._first("overview_variant_ids"),
            **self._name("name", arm),
            "audience_pct": round(arm.share * 100, 2),
            "sends": counts.sends,
            "direct_responses": counts.direct,
            "direct_response_pct": _percent(counts.direct, counts.sends),
            "indirect_responses": counts.indirect,
            "indirect_response_pct": _percent(counts.indirect, counts.sends),
        }

    def _control(self, known: Fate, stored: Stored) -> dict[str, object]:
        counts = figures(known.control, self.clock.elapsed_since(stored.starts_at))
        return {
            "audience_pct": round(known.control_share * 100, 2),
            "sends": counts.sends,
            "responses": counts.indirect,
            "response_rate_pct": _percent(counts.indirect, counts.sends),
        }

    def _platform(self, name: str, counts: Figures) -> dict[str, object]:
        odd = self.switches.word("detail_indirect_key") == name
        return {
            "type": "webPlatformBreakdown" if name == "web" else "devicePlatformBreakdown",
            "direct_responses": counts.direct,
            "indirect_responses" if odd else "influenced_responses": counts.indirect,
            "sends": counts.sends,
        }

    def _by_platform(self, stored: Stored | None) -> dict[str, Figures]:
        totals: dict[str, Figures] = {}
        for arm in fate(self.app, stored).arms if stored is not None else ():
            for name, counts in arm_figures(arm, self.clock).items():
                totals[name] = added([totals.get(name, Figures()), counts])
        return totals

    def _push_type(self, stored: Stored | None) -> str:
        if self.switches.word("push_type") == "a_b":
            return "A_B"
        body = stored.body if stored is not None else b'{"audience":"all"}'
        return push_type(body)

    def _answer(self, content: dict[str, object]) -> Answer:
        if self.switches.word("report_ok") == "present":
            content = {"ok": True, **content}
        return answer(200, content, self.switches)


def push_type(body: bytes) -> str:
    """The word for the kind of audience."""
    audience = json.loads(body)["audience"]
    if not isinstance(audience, dict):
        return "BROADCAST_PUSH"
    name = next(iter(audience)).lower()
    if name.endswith("channel") or name == "named_user":
        return "UNICAST_PUSH"
    return "TAG_PUSH" if name in ("tag", "group") else "SEGMENTS_PUSH"


def _three(counts: Figures) -> dict[str, object]:
    return {
        "direct_responses": counts.direct,
        "influenced_responses": counts.indirect,
        "sends": counts.sends,
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
