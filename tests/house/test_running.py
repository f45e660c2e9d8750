"""`linli serve` and `linli demo` as programs: they start, say what is wrong, and stop whole."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LINLI = Path(sys.executable).with_name("linli")
START_SECONDS = 90


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def start(scratch: dict[str, str], port: int) -> Iterator[Callable[..., Any]]:
    """Return a function that starts `linli` and waits until it says that it is running."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [LINLI, *words, "--port", str(port)],
            env={**scratch, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        until = time.monotonic() + START_SECONDS
        assert process.stdout is not None
        said = ""
        while "Linli is running" not in said:
            line = process.stdout.readline()
            said += line
            assert line, said
            assert time.monotonic() < until, said
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/patterns/")
        return connection.getresponse().status
    finally:
        connection.close()


def wait_until_free(port: int) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.1)
    return False


def test_it_answers_and_stops_cleanly_when_asked_and_leaves_nothing_when_killed(start, port):
    first = start("serve")
    assert status(port) == 200
    first.send_signal(signal.SIGINT)
    assert first.wait(30) == 0
    assert wait_until_free(port)

    second = start("serve")
    assert status(port) == 200
    second.kill()
    second.wait(10)
    assert wait_until_free(port), "server or worker outlived the process that started them"


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_said_before_anything_is_changed(command, scratch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        done = linli(command, "--port", str(number), env=scratch)
    assert done.returncode != 0
    assert f"Port {number}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (Path(scratch["LINLI_HOME"]) / "linli.sqlite3").exists()


def test_a_folder_that_cannot_be_written_gets_a_sentence(scratch):
    done = linli("serve", env={**scratch, "LINLI_HOME": "/proc/linli"})
    assert done.returncode != 0
    assert "LINLI_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_gets_a_sentence(scratch):
    done = linli("serve", env={**scratch, "LINLI_DATABASE_URL": "mysql://nowhere/at-all"})
    assert done.returncode != 0
    assert "LINLI_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["sign-in-link x", "reset-password x", "worker", "audit verify"])
def test_before_anything_is_set_up_a_command_says_how_to_begin(words, scratch):
    done = linli(*words.split(), env={**scratch, "LINLI_DATABASE_URL": ""})
    assert done.returncode == 2
    assert "linli setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_gets_a_sentence(scratch):
    away = {**scratch, "LINLI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = linli("sign-in-link", "x", env=away)
    assert done.returncode == 2
    assert "LINLI_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def linli(*words: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINLI, *words],
        env={**os.environ, **env, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
