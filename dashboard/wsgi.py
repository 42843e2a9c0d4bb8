"""The door for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

application = get_wsgi_application()

from dashboard.checks import refuse_to_start_when_wrong  # noqa: E402  (Django must be set up first)

refuse_to_start_when_wrong()

# What stands here now lives as long as the process: collections that pass over it again and again cost a tenth of a
# second each time, in the middle of somebody's request.
gc.collect()
gc.freeze()
