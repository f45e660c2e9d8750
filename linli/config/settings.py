"""The one settings module. What an operator may change comes from `environment`."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from linli.config.environment import (
    SettingInvalid,
    count_in,
    metrics_folder,
    read_environment,
    read_old_key,
    read_or_make_key,
)

ENVIRONMENT = read_environment()
PACKAGE = Path(__file__).resolve().parent.parent
HOME = ENVIRONMENT.home

SECRET_KEY = read_or_make_key(home=HOME, name="web").hex()
DATA_KEY = read_or_make_key(home=HOME, name="data")
OLD_DATA_KEY = read_old_key(home=HOME)
DIGEST_KEY = read_or_make_key(home=HOME, name="digest")

DEBUG = ENVIRONMENT.debug
PUBLIC_URL = ENVIRONMENT.public_url
# Whoever is sent to the public address is answered there, whatever other names are listed.
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts]
if PUBLIC_URL:
    ALLOWED_HOSTS.append(re.sub(r":[0-9]+$", "", urlsplit(PUBLIC_URL).netloc))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SERVED_OVER_HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "linli.core",
    "linli.territory",
    "linli.people",
    "linli.matters",
    "linli.deliberation",
    "linli.visits",
    "linli.notify",
    "linli.flows",
    "linli.insight",
    "linli.web",
]

MIDDLEWARE = [
    "linli.api.watching.WatchMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "linli.api.middleware.ApiMiddleware",
    "linli.web.middleware.NullMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linli.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "linli.web.middleware.ActorMiddleware",
    "linli.web.signing_in.GateMiddleware",
    "linli.web.middleware.ErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "linli.config.urls"
WSGI_APPLICATION = "linli.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", PACKAGE / "api" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linli.web.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "linli.web.templatetags.linli",
            ],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "linli.core.sqlite",
            "NAME": HOME / "linli.sqlite3",
            # Opening takes longer than a page asks: the whole schema is read again each time.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            "TEST": {"NAME": HOME / "test.sqlite3"},
        }
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.query:
        # Left out in silence, sslmode=require would be a connection in the open.
        raise SettingInvalid(
            "LINLI_DATABASE_URL takes nothing after “?”. What PostgreSQL’s programs understand is "
            "set beside it, such as PGSSLMODE=require.",
            "LINLI_DATABASE_URL 中“?”之后不能有内容。PostgreSQL 的选项请另设环境变量，"
            "如 PGSSLMODE=require。",
        )
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingInvalid(
            "LINLI_DATABASE_URL must look like postgresql://user:password@host:5432/name, "
            "or be empty for the built-in SQLite.",
            "LINLI_DATABASE_URL 应写成 postgresql://用户:密码@主机:5432/库名，"
            "留空则使用自带的 SQLite。",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        # One that is read half way would be closed late: on a pooled connection, amid other work.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": ENVIRONMENT.database_pool, "timeout": 20},
            # Planning many joins in every order took longer than reading them: decision 38.
            "options": "-c join_collapse_limit=4 -c from_collapse_limit=4",
        },
    }


DATABASE_URL = ENVIRONMENT.database_url
DATABASES = {"default": _database(ENVIRONMENT.database_url)}

CACHES = {
    "default": {
        # Shared by all processes: limits and used one-time codes. See docs/decisions/0014.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "linli_shared",
        "KEY_FUNCTION": "linli.core.shared.sealed_key",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # What is asked at every request of a program, where a write each time would cost too much.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "linli.core.shared.sealed_key",
    },
}

# --- Signing in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home_of_account"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "linli.web.signing_in.AccountAdapter"
# What fails is what an attacker makes; an office of a hundred begins its day in one minute.
ACCOUNT_RATE_LIMITS = {"login": "200/m/ip", "login_failed": "30/m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT.trusted_proxies
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "linli.web.signing_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Linli"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=14)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# An office shares one address: lock the name, never everybody behind the router.
AXES_LOCKOUT_PARAMETERS = ["username"]
# Failures of a name are added up over every address, browser and cookie: W006 does not apply.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_LOCKOUT_CALLABLE = "linli.web.signing_in.locked_out"
AXES_RESET_ON_SUCCESS = True
# Fifteen minutes are fifteen minutes: whoever keeps trying does not keep the owner out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # our own events say who signed in
AXES_SENSITIVE_PARAMETERS = ["login", "code"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 30 * 60  # seconds without a request (graded protection level 3)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SERVED_OVER_HTTPS
CSRF_COOKIE_SECURE = SERVED_OVER_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "linli.web.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What a browser may do ----------------------------------------------------------------------

SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Said over HTTPS only; a browser that heard it refuses plain HTTP at this name from then on.
SECURE_HSTS_SECONDS = ENVIRONMENT.hsts_seconds if SERVED_OVER_HTTPS else 0
if ENVIRONMENT.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
_tiles = ["https://" + urlsplit(ENVIRONMENT.tile_url).netloc] if ENVIRONMENT.tile_url else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tiles],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "linli_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LOCALE_PATHS = [PACKAGE / "locale"]

# --- Files --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of form fields; files are counted apart
PHOTO_BYTES_MAX = 20 * 1024 * 1024
PHOTOS_PER_FORM_MAX = 9
WORKBOOK_BYTES_MAX = 20 * 1024 * 1024

# --- Linli --------------------------------------------------------------------------------------

OFFICE_PHONE = ENVIRONMENT.office_phone
TILE_URL = ENVIRONMENT.tile_url
TILE_ATTRIBUTION = ENVIRONMENT.tile_attribution
NOTIFY_DRY_RUN = ENVIRONMENT.notify_dry_run
WEBHOOK_PLAIN_HTTP = DEBUG  # unencrypted, for a program on a developer's own machine
WEBHOOK_PRIVATE_NETWORKS = ENVIRONMENT.webhook_private_networks
METRICS_TOKEN = ENVIRONMENT.metrics_token
METRICS_FOLDER = metrics_folder(home=HOME)
count_in(folder=METRICS_FOLDER)
DISK_FLOOR_BYTES = ENVIRONMENT.disk_floor_mb * 1024 * 1024
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
API_HTTPS_ONLY = ENVIRONMENT.api_https_only
API_RATE = ENVIRONMENT.api_rate  # requests of one token in a minute, in each server process
OFFLINE_HOURS = ENVIRONMENT.offline_hours  # how long pages stay on a phone
OFFLINE_UNSENT_HOURS = ENVIRONMENT.offline_unsent_hours
BACKUP_FOLDER = ENVIRONMENT.backup_folder
AUDIT_MAIL = ENVIRONMENT.audit_mail

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_address": {"()": "linli.core.logs.WithoutAddress"}},
    "formatters": {
        "plain": {"()": "linli.core.logs.PlainLines", "with_words": DEBUG},
        "json": {"()": "linli.core.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": ENVIRONMENT.log_format,
            "filters": ["without_address"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Scanners ask for every name there is; they get a 400 and no page of our log.
        "django.security.DisallowedHost": {"level": logging.CRITICAL + 1},
        # A line for each request is for programs; people see those that went wrong.
        "linli.requests": {"level": "INFO" if ENVIRONMENT.log_format == "json" else "WARNING"},
        "axes": {"level": "ERROR"},  # it names whoever failed; our events do not
        # Apprise writes addresses, and with them passwords, into its warnings.
        "apprise": {"level": logging.CRITICAL + 1},
    },
}
