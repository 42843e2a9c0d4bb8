"""Django settings. One file: what differs between installations comes from the environment."""

import base64
import logging
import secrets
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from dashboard import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR") or BASE_DIR / "var")

DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
IS_PRODUCTION = not (DEMO or DEBUG)
MAINTENANCE = env.flag("MAINTENANCE")  # every page but health and static files says that work is going on

SECRET_KEY = env.text("SECRET_KEY") or (
    env.random_key() if IS_PRODUCTION else env.kept(DATA_DIR / "secret_key", env.random_key())
)
_NEW_CREDENTIAL_KEY = f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}"
CREDENTIAL_KEYS = env.key_ring(
    env.text("CREDENTIAL_KEYS")
    or ("" if IS_PRODUCTION else env.kept(DATA_DIR / "credential_keys", _NEW_CREDENTIAL_KEY))
)
# In production missing keys stop every server process (dashboard/checks.py), not commands such as `check`.
MISSING_SETTINGS = [
    name
    for name in ("SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "BASE_URL")
    if IS_PRODUCTION and not env.text(name)
]

BASE_URL = env.text("BASE_URL", f"http://localhost:{env.number('PORT', 8000)}")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if IS_PRODUCTION else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
USE_HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "dashboard.apps.DashboardConfig",
    "workspaces.apps.WorkspacesConfig",
    "experiments.apps.ExperimentsConfig",
    "sandbox.apps.SandboxConfig",
]

MIDDLEWARE = [
    "dashboard.logs.About",
    "dashboard.health.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "dashboard.middleware.maintenance",
    "dashboard.middleware.not_stored",
    "dashboard.middleware.trouble",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "dashboard.middleware.sign_in_again",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.reading.readable",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.database(env.text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'splitdesk.sqlite3'}")}
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # SQLite ignores INCLUDE columns, which only speed PostgreSQL up
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "dashboard.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "splitdesk"}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# -- people

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation, which proves the address
ACCOUNT_ADAPTER = "workspaces.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # our own form writes to unknown addresses (workspaces/forms.py)
ACCOUNT_FORMS = {"reset_password": "workspaces.forms.ResetPasswordForm"}
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/15m/key", "invite": "30/h/user", "join": "20/m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("BEHIND_PROXY") else 0
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-session" if USE_HTTPS else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if USE_HTTPS else "csrf"
CSRF_FAILURE_VIEW = "dashboard.views.csrf_failure"

# -- browsers

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = USE_HTTPS and not env.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = USE_HTTPS
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# -- words and times

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

MAILERS = {"default": env.mailer(env.text("EMAIL_URL"))}
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "Splitdesk <splitdesk@localhost>")

# -- providers: a connection picks a region, it never types an address

PROVIDER_URLS = {
    ("airship", "us"): env.text("AIRSHIP_US_URL", "https://go.urbanairship.com"),
    ("airship", "eu"): env.text("AIRSHIP_EU_URL", "https://go.airship.eu"),
    # One host: the secret alone says for which environment it is.
    ("qonversion", "production"): env.text("QONVERSION_URL", "https://api.qonversion.io"),
    ("qonversion", "sandbox"): env.text("QONVERSION_URL", "https://api.qonversion.io"),
}
ALLOW_LOOPBACK_PROVIDERS = env.flag("ALLOW_LOOPBACK_PROVIDERS", DEMO)
SYNC_EVERY = env.number("SYNC_EVERY", 60)  # seconds between two reads of a connection
ASK_DATABASE_CLOCK = True  # leases are counted on it (experiments/relay/clock.py); tests that travel in time do not
SWEEP_EVERY = env.number("SWEEP_EVERY", 3)  # seconds between two sweeps of the ledger
LATE_AFTER = env.number("LATE_AFTER", 900)  # seconds after which what nothing fences does not go out by itself
RESTORE_EPOCH = env.text("RESTORE_EPOCH")  # any new word says: the data was restored, adopt it (docs/restoring.md)
INSTANCE = env.text("INSTANCE")  # tells two installations at one address apart; the same in all processes of one

# -- Celery: rows are the truth, messages are hints (docs/decisions.md)

CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page must not wait for a broker: gunicorn.conf.py sets BROKER_TIMEOUT (seconds), workers have time.
_BROKER_TIMEOUT = env.text("BROKER_TIMEOUT")
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": float(_BROKER_TIMEOUT or 5), "socket_connect_timeout": 0.5} | (
    {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0} if _BROKER_TIMEOUT else {}
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_TIME_LIMIT = 45
CELERY_TASK_SOFT_TIME_LIMIT = 40
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 40
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Connections outlive tasks; those that died are dropped before the next one (dashboard/celery.py).
CELERY_DB_REUSE_MAX = 10**9
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "read"
CELERY_TASK_ROUTES = {
    "experiments.tasks.send": {"queue": "write"},
    "experiments.tasks.sweep": {"queue": "sweep"},
    "experiments.tasks.reconcile": {"queue": "sweep"},
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "experiments.tasks.sweep", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY * 2}},
    "sync": {"task": "experiments.tasks.sync_due", "schedule": 10, "options": {"expires": 20}},
}

# -- logs and metrics (docs/operating.md)

LOG_FORMAT = env.text("LOG_FORMAT", "json" if IS_PRODUCTION else "line")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "dashboard.logs.JsonFormatter"},
        "line": {"()": "dashboard.logs.LineFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},  # root writes them, once
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "httpx": {"level": "WARNING"},
        # A line for each message would bury all others: the sweep alone comes every few seconds.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
logging.raiseExceptions = not IS_PRODUCTION  # a log that cannot be written must not be in the way of the work
METRICS_TOKEN = env.text("METRICS_TOKEN")  # without one there is no /metrics
