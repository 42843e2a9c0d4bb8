"""Drafts being written, experiments as the provider holds them, and operations in between."""

from experiments.models.drafts import Draft, Revision
from experiments.models.experiments import Experiment, Status, Sync
from experiments.models.operations import Attempt, Event, Kind, Operation, State

__all__ = ["Attempt", "Draft", "Event", "Experiment", "Kind", "Operation", "Revision", "State", "Status", "Sync"]
