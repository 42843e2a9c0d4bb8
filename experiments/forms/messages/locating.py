"""Where on the page a place of the document is: a field, a section, or the JSON of its part."""

from experiments.forms.messages import fields
from experiments.forms.messages.parts import JSON_TAB, PREFIX, part_id
from experiments.forms.problems import Found
from experiments.providers.airship.wording import field_for, steps
from experiments.providers.shapes import Problem

# The id of the field that stands for the time as a whole.
TIME_FIELD = "f-variants-0-schedule-scheduled_time"
_TOP = {"name": "goal", "description": "goal", "audience": "audience", "device_types": "audience", "control": "split"}
_FIELDS = frozenset({"name", "description", "audience", "control", "goal", "measure", "sample", "tags"})
_WHOLE_AUDIENCE = frozenset({"audience_missing", "audience_form", "audience_word"})


def locate(problem: Problem) -> Found:
    """The problem with its place on the page."""
    path = steps(problem.pointer)
    if not path:
        return Found(problem, "variants", None, "", "")
    if path[0] == PREFIX:
        return _locate_part(problem, path[1:])
    if path[0].startswith("title:"):
        position = int(path[0].removeprefix("title:"))
        return Found(problem, "variants", position, "", f"f-title-{position}")
    if path[0] != "variants":
        return Found(problem, _TOP.get(path[0], "goal"), None, "", _top_field(path, problem))
    if len(path) == 1 or not path[1].isdecimal():
        return Found(problem, "variants", None, "", "variants")
    return _locate_in_variant(problem, path[2:], int(path[1]))


def _locate_part(problem: Problem, path: list[str]) -> Found:
    """The JSON of a part, which no value came of."""
    if path[0] != "variants":
        return Found(problem, "audience", None, "", part_id("/audience"))
    return _in_json(problem, int(path[1]))


def _in_json(problem: Problem, position: int) -> Found:
    return Found(problem, "variants", position, JSON_TAB, part_id(f"/variants/{position}"))


def _top_field(path: list[str], problem: Problem) -> str:
    if path[0] == "device_types":
        return "f-device_types"
    if path[0] == "campaigns":
        return field_for(f"/{fields.CATEGORIES.path}") if path[1:2] in ([], ["categories"]) else ""
    if path[0] == "audience" and problem.code in _WHOLE_AUDIENCE:
        return "f-audience"
    return field_for(problem.pointer) if path[0] in _FIELDS else ""


def _locate_in_variant(problem: Problem, path: list[str], position: int) -> Found:
    key = path[0] if path else ""
    if key == "weight":
        return Found(problem, "split", position, "", field_for(problem.pointer))
    if key == "schedule":
        is_whole = problem.code == "schedule_mixed" or path[1:2] in (["local_scheduled_time"], ["best_time"])
        return Found(problem, "when", None, "", "when" if is_whole else TIME_FIELD)
    if path in ([], ["push"]):
        return Found(problem, "variants", position, "", "variants")
    if path == ["name"]:
        return Found(problem, "variants", position, "", field_for(problem.pointer))
    return _locate_in_message(problem, position)


def _locate_in_message(problem: Problem, position: int) -> Found:
    """A message for a platform that is not in the test has no field: it is looked at, and taken out, as JSON."""
    inner = problem.pointer.split("/", 3)[3]
    field = fields.nearest_field(inner) if problem.code != "part_unused" else None
    if field is None:
        return _in_json(problem, position)
    pointer = f"/variants/{position}/{field.path}"
    return Found(problem, "variants", position, fields.platform_at(inner), field_for(pointer))
