"""Failures of a call, named by their effect at the provider.

ProviderFailure
├── NotSent          nothing was applied: provably no byte left, or refused up front; may be tried again later
├── Rejected         the provider answered no: nothing was applied, and the same bytes will be refused again
└── OutcomeUnknown   it may have been applied: look it up, never send it again blindly
"""

from experiments.providers.shapes import Answer, Problem


class ProviderFailure(Exception):
    """Base of the three. `reason` is a short stable code, `answer` what was said, where anything was."""

    def __init__(self, reason: str, message: str = "", answer: Answer | None = None) -> None:
        super().__init__(message or reason)
        self.reason = reason
        self.message = message or reason
        self.answer = answer


class NotSent(ProviderFailure):
    """Nothing was applied. `retry_after` is the provider's own wish in seconds, clamped to 1 to 900.

    `is_permanent` means that trying again is useless until a person changes something (a certificate, a host).
    """

    def __init__(
        self,
        reason: str,
        message: str = "",
        answer: Answer | None = None,
        *,
        retry_after: int | None = None,
        is_permanent: bool = False,
    ) -> None:
        super().__init__(reason, message, answer)
        self.retry_after = retry_after
        self.is_permanent = is_permanent


class Rejected(ProviderFailure):
    """Answered no. `problems` point into the document where the provider said where."""

    def __init__(
        self, reason: str, message: str = "", answer: Answer | None = None, *, problems: tuple[Problem, ...] = ()
    ) -> None:
        super().__init__(reason, message, answer)
        self.problems = problems


class OutcomeUnknown(ProviderFailure):
    """It may have happened. `is_applied` is True where a 2xx was seen but could not be read to the end."""

    def __init__(
        self, reason: str, message: str = "", answer: Answer | None = None, *, is_applied: bool = False
    ) -> None:
        super().__init__(reason, message, answer)
        self.is_applied = is_applied
