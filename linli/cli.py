"""The command line `linli`: each command is one call of a service.

Django is set up inside a command, so that ``linli --help`` answers at once.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from linli.config.environment import SettingInvalid

WORKERS = 2
THREADS = 8


@click.group()
def main() -> None:
    """Linli 邻里: a community governed by its own people."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # A terminal that cannot show a character shows “?”.
            stream.reconfigure(errors="replace")


@contextmanager
def linli_ready() -> Iterator[None]:
    """Set Django up in the language of this terminal; a refusal ends as one sentence."""
    try:
        import django  # Only commands that need it pay for it.

        django.setup()
        from django.utils import translation

        from linli.core.errors import Refused
    except SettingInvalid as invalid:
        raise click.ClickException(str(invalid)) from invalid
    with translation.override(_language()):
        try:
            yield
        except (Refused, SettingInvalid) as refused:
            raise click.ClickException(str(refused)) from refused
        except KeyboardInterrupt:
            sys.exit(130)


def _language() -> str:
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    spoken = next((value for value in map(os.environ.get, variables) if value), "")
    return "zh-hans" if spoken.startswith("zh") else "en"


# --- Running ----------------------------------------------------------------------------------

port_option = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    envvar="PORT",
    show_default=True,
    help="Where to listen; the environment variable PORT does the same.",
)


@main.command()
@port_option
def demo(port: int) -> None:
    """Start with the demonstration community, for this machine only."""
    with linli_ready():
        from linli import demo as demonstration
        from linli.serving import Address

        demonstration.run(address=Address("127.0.0.1", port), say=click.echo)


@main.command()
@port_option
@click.option("--bind", default="", metavar="HOST[:PORT]", help="Other machines may reach it too.")
@click.option("--workers", type=click.IntRange(1, 64), default=WORKERS, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
def serve(port: int, bind: str, workers: int, threads: int) -> None:
    """Start web server and worker on the data in LINLI_HOME."""
    host, _, after = bind.partition(":")
    if after and not after.isdigit():
        raise click.BadParameter("write it as 0.0.0.0:8000", param_hint="--bind")
    with linli_ready():
        from linli import serving

        serving.run(
            address=serving.Address(host or "127.0.0.1", int(after or port)),
            say=click.echo,
            workers=workers,
            threads=threads,
        )


@main.command()
def worker() -> None:
    """Run the worker alone; `linli serve` brings its own."""
    with linli_ready():
        from linli.flows.worker import run_forever, stopping_on_signals

        with stopping_on_signals() as stop:
            run_forever(stop=stop)


if __name__ == "__main__":
    main()
