"""The WSGI entry that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
application = get_wsgi_application()
# Read every view now: a broken one stops the start, and nobody's first request waits for it.
import_module(settings.ROOT_URLCONF)
