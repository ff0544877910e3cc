"""Django's settings, made from the company's own: the folder named by CADRAN_WORKSPACE.

The secret key is made once and stays in the folder, beside the accounts.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from cadran.settings import FILE_NAME, load
from cadran.settings.secret import revealed
from cadran.web.project.installed import *  # noqa: F403
from cadran.web.project.openid import providers

FOLDER = Path(os.environ["CADRAN_WORKSPACE"]).absolute()
OWN = FOLDER / "web"  # accounts, the secret key, files on their way in
_CHOSEN = load(FOLDER / FILE_NAME)
_HERE = Path(__file__).resolve().parents[1]


def _secret_key() -> str:
    OWN.mkdir(mode=0o700, exist_ok=True)
    path = OWN / "secret.key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def _database_url() -> str:
    url = revealed(_CHOSEN.web.database)
    return f"sqlite:///{OWN / 'web.sqlite3'}" if url == "sqlite" else url


DEBUG = False
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_CHOSEN.web.hosts]
ROOT_URLCONF = "cadran.web.project.urls"
WSGI_APPLICATION = "cadran.web.project.wsgi.application"

MIDDLEWARE = [
    "cadran.web.project.timing.server_timing",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cadran.web.people.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cadran.web.people.middleware.Gate",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cadran.web.people.context.frame",
            ],
            "builtins": ["cadran.web.people.templatetags.written"],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(_database_url(), conn_max_age=600)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers go on while one writes; a transaction that will write says so when it begins, and waits its turn.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# One-time codes that were used, and how often a key has asked: what one process knows, every other must.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": OWN / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cadran.web.people.adapters.Accounts"
SOCIALACCOUNT_ADAPTER = "cadran.web.people.adapters.SocialAccounts"
ACCOUNT_FORMS = {"login": "cadran.web.people.forms.SignIn"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False  # axes counts failures, in the database: every process knows them
MFA_FORMS = {
    "authenticate": "cadran.web.people.second_step.Authenticate",
    "reauthenticate": "cadran.web.people.second_step.Reauthenticate",
}
MFA_TOTP_TOLERANCE = 1  # half a minute: telephones' clocks differ, and typing takes time
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = f"Cadran, {_CHOSEN.company.name}"
SOCIALACCOUNT_PROVIDERS = providers(_CHOSEN.web)
SOCIALACCOUNT_LOGIN_ON_GET = False
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "cadran.web.people.locked.address_tried"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "cadran.web.people.locked.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

LANGUAGE_CODE = _CHOSEN.company.lang
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [_HERE / "locale"]
TIME_ZONE = _CHOSEN.company.timezone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [_HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
if _CHOSEN.web.https:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _CHOSEN.web.hosts]

DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20  # a form; files are streamed to disk, under their own limit
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # an objectives grid of a thousand reps and a year of months
FILE_UPLOAD_TEMP_DIR = OWN / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 2**20
FILE_UPLOAD_HANDLERS = [
    "cadran.web.people.small_files.Small",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]  # chosen by `https`
SILENCED_SYSTEM_CHECKS += ["security.W005", "security.W021"]  # of a domain's other hosts we know nothing

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"axes": {"level": "WARNING"}, "django.security.DisallowedHost": {"level": "ERROR"}},
}
