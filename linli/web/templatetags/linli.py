"""Tags and filters that every template of Linli may use."""

from django import template

register = template.Library()
