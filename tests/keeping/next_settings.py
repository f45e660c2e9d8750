"""The settings of a version of Linli that is still to come."""

from linli.config.settings import *  # noqa: F403
from linli.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.keeping.nextversion"]
