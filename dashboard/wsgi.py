"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

application = get_wsgi_application()

from dashboard.checks import refuse_to_start_when_wrong  # noqa: E402  (Django must be set up first)

refuse_to_start_when_wrong()
