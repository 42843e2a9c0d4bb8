"""What has to be typed before something irreversible."""

from typing import Any

from django import forms

from experiments.announcement import Announcement
from experiments.providers import Provider

EVERYBODY = "everybody"
AT_ONCE = "send now"


class ConfirmForm(forms.Form):
    """Asks for a typed word only where it is dangerous (to everybody, or at once), for a tick where it looks a slip."""

    everybody = forms.CharField(label=f"Type the word “{EVERYBODY}”")
    at_once = forms.CharField(label=f"Type the words “{AT_ONCE}”")
    same = forms.BooleanField(label="It is meant so")

    def __init__(self, *args: Any, announcement: Announcement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not announcement.is_to_everybody:
            del self.fields["everybody"]
        if not announcement.is_immediate:
            del self.fields["at_once"]
        for field in self.fields.values():
            field.error_messages["required"] = "This is asked because it cannot be taken back. Nothing was sent."
        if announcement.same:
            self.fields["same"].help_text = f"{announcement.same} People would see no difference."
            self.fields["same"].error_messages["required"] = "Tick this, or mend the test. Nothing was sent."
        else:
            del self.fields["same"]

    def clean_everybody(self) -> str:
        return self._same("everybody", EVERYBODY)

    def clean_at_once(self) -> str:
        return self._same("at_once", AT_ONCE)

    def _same(self, name: str, wanted: str) -> str:
        typed = " ".join(str(self.cleaned_data[name]).split()).casefold().strip("“”\"'")
        if typed != wanted:
            raise forms.ValidationError(f"This does not say “{wanted}”. Nothing was sent.")
        return typed

    @property
    def typed(self) -> dict[str, str]:
        """What was typed and ticked, for the ledger."""
        return {name: "ticked" if value is True else value for name, value in self.cleaned_data.items()}


class DeleteForm(forms.Form):
    """One question, answered by a tick."""

    sure = forms.BooleanField(
        label="Delete it, so that it does not go out",
        error_messages={"required": "Tick this to delete the test. Nothing was deleted."},
    )

    def __init__(self, *args: Any, spec: Provider, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if spec.is_staged:
            self.fields["sure"].label = f"Delete it at {spec.label}; it cannot be brought back"
