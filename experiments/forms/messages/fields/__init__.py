"""The fields of one message: which place of the document each one fills, and on which tab of the page it stands."""

from experiments.forms.messages.fields.channels import add_open_channel as add_open_channel
from experiments.forms.messages.fields.channels import has_tick as has_tick
from experiments.forms.messages.fields.channels import tabs_of as tabs_of
from experiments.forms.messages.fields.everywhere import CATEGORIES as CATEGORIES
from experiments.forms.messages.fields.everywhere import DESCRIPTION as DESCRIPTION
from experiments.forms.messages.fields.field import AREAS as AREAS
from experiments.forms.messages.fields.field import AS_IT_IS as AS_IT_IS
from experiments.forms.messages.fields.field import Field as Field
from experiments.forms.messages.fields.field import Group as Group
from experiments.forms.messages.fields.field import yes_no as yes_no
from experiments.forms.messages.fields.tabs import field_at as field_at
from experiments.forms.messages.fields.tabs import fields_of as fields_of
from experiments.forms.messages.fields.tabs import groups_of as groups_of
from experiments.forms.messages.fields.tabs import has_form as has_form
from experiments.forms.messages.fields.tabs import nearest_field as nearest_field
from experiments.forms.messages.fields.tabs import platform_at as platform_at
from experiments.forms.messages.fields.tabs import tab_name as tab_name
from experiments.forms.messages.fields.titles import TITLED as TITLED
from experiments.forms.messages.fields.titles import common_title as common_title
from experiments.forms.messages.fields.titles import notification_pointer as notification_pointer
from experiments.forms.messages.fields.titles import put_title as put_title
from experiments.forms.messages.fields.titles import titles as titles
from experiments.forms.messages.fields.writing import is_shown as is_shown
from experiments.forms.messages.fields.writing import write as write
