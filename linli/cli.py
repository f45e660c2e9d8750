"""The command line `linli`: each command is one call of a service."""

import os

import click


@click.group()
def main() -> None:
    """Linli 邻里: a community governed by its own people."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
