"""An admin's decision about an operation that nobody could settle by looking."""

from typing import Any

from django import forms

NOT_THERE = ("it is not there", "it did not happen")
DECISIONS = [("there", "It is there"), ("not-there", "It is not there"), ("again", "Look again")]


class SettleForm(forms.Form):
    """`decision` "there" needs the provider's id, "not-there" the typed words, both a reason; `extra` deletes one."""

    decision = forms.ChoiceField(choices=DECISIONS, required=False)
    remote_id = forms.CharField(max_length=100, required=False)
    typed = forms.CharField(max_length=60, required=False)
    why = forms.CharField(max_length=500, required=False)
    extra = forms.CharField(max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("extra") or data.get("decision") == "again":
            return data
        if not data.get("why"):
            self.add_error("why", "Say how you know. Your name and this sentence go into the ledger.")
        if data.get("decision") == "there" and not data.get("remote_id"):
            self.add_error("remote_id", "Paste the id that the provider shows for it.")
        elif data.get("decision") == "not-there":
            data["remote_id"] = ""
            if " ".join(str(data.get("typed", "")).split()).casefold() not in NOT_THERE:
                self.add_error("typed", f"Type “{NOT_THERE[0]}” to close it. Nothing was changed.")
        elif not data.get("decision"):
            self.add_error("decision", "Choose one of the two.")
        return data
