"""Drafts being written, experiments as the provider holds them, and operations in between."""

from experiments.models.drafts import Draft, Revision
from experiments.models.experiments import Experiment, Status, Sync
from experiments.models.operations import Attempt, Event, Operation
from experiments.models.presence import Presence
from experiments.models.states import Kind, State
from experiments.models.templates import NameTaken, Template
from experiments.models.workers import Worker

__all__ = [
    "Attempt",
    "Draft",
    "Event",
    "Experiment",
    "Kind",
    "NameTaken",
    "Operation",
    "Presence",
    "Revision",
    "State",
    "Status",
    "Sync",
    "Template",
    "Worker",
]
