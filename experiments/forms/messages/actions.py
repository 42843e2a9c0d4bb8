"""The buttons that only the editor of message tests has, by section."""

from experiments.forms.actions import Act
from experiments.forms.messages import audience_actions, channel_actions, split_actions, when_actions

ACTIONS: dict[str, Act] = {
    **audience_actions.ACTIONS,
    **channel_actions.ACTIONS,
    **split_actions.ACTIONS,
    **when_actions.ACTIONS,
}
