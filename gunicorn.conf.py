"""How gunicorn serves Splitdesk, in the demo and in production. Read from the working directory by gunicorn itself."""

import os

os.environ.setdefault("BROKER_TIMEOUT", "0.4")  # before Django reads its settings

from dashboard.settings import LOGGING

wsgi_app = "dashboard.wsgi:application"
# gunicorn's own lines look like all others. Requests are not written down: addresses of invitations are secret.
logconfig_dict = LOGGING | {
    "loggers": {
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
        "gunicorn.access": {"handlers": [], "level": "CRITICAL"},
    }
}
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
timeout = 60
graceful_timeout = 20
max_requests = 10_000
max_requests_jitter = 1_000
# On by default since gunicorn 27: a command socket in the home directory that nothing here uses.
control_socket_disable = True
# The heartbeat file of each worker must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (gunicorn opens a private file in it)
