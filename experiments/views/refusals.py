"""What the provider said against a draft, as long as it still stands there."""

from experiments.forms import pointers
from experiments.forms.problems import Found, locate
from experiments.models import Draft, Kind, State
from experiments.providers.shapes import Json, Problem


def standing_refusals(draft: Draft, number: int, document: Json) -> list[Found]:
    """The newest check's refusals for revision `number`; of an older one those whose place still reads the same."""
    check = draft.operations.filter(kind=Kind.VALIDATE).order_by("-created_at").defer("payload").first()
    if check is None or check.state != State.REJECTED or not check.problems or check.revision is None:
        return []
    told = [Problem(**problem) for problem in check.problems]
    if check.revision.number != number:
        then = check.revision.document
        told = [problem for problem in told if problem.pointer and _stands(problem.pointer, then, document)]
    return locate(tuple(told), draft.provider)


def _stands(pointer: str, then: Json, now: Json) -> bool:
    return bool(pointers.find(then, pointer) == pointers.find(now, pointer))
