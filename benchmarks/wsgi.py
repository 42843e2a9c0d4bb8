"""The site as gunicorn serves it, whose admin shows as many tests a page as the list does."""

from django.contrib import admin

from dashboard.wsgi import application
from experiments.models import Experiment

__all__ = ["application"]

PAGE = 50

setattr(admin.site.get_model_admin(Experiment), "list_per_page", PAGE)  # noqa: B010  (its stubs know a class variable)
