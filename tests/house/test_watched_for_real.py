"""A running Linli says that it is ready, counts over all its processes, and logs JSON lines."""

import http.client
import json
import re
import time

import pytest

from linli.config.environment import SettingInvalid, read_environment
from tests.house import test_running

port, start = test_running.port, test_running.start  # fixtures


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_running_linli_is_ready_and_counts_over_all_its_processes(start, port, scratch):
    scratch["LINLI_LOG_FORMAT"] = "json"
    scratch["LINLI_DISK_FLOOR_MB"] = "1"
    process = start("serve")
    assert ask(port, "/healthz") == (200, "ok\n")
    until = time.monotonic() + 30
    while ask(port, "/readyz")[0] != 200 and time.monotonic() < until:
        time.sleep(0.5)
    assert ask(port, "/readyz") == (200, '{"ready": true, "failing": []}')
    for _ in range(20):  # Whichever process answers, all count.
        assert ask(port, "/privacy/?q=13812348000")[0] == 200
    _status, text = ask(port, "/metrics")
    counted = re.search(r'linli_requests_total\{[^}]*view="privacy"[^}]*\} ([0-9.]+)', text)
    assert counted is not None
    assert float(counted[1]) >= 20
    assert "linli_worker_beat_age_seconds" in text
    process.terminate()
    assert process.stdout is not None
    said = [json.loads(line) for line in process.stdout if line.startswith("{")]
    assert len([line for line in said if line.get("view") == "privacy"]) >= 20
    assert "138" not in "".join(line.get("message", "") + line.get("view", "") for line in said)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINLI_METRICS_TOKEN", "short"),
        ("LINLI_METRICS_TOKEN", "with spaces in the middle"),
        ("LINLI_LOG_FORMAT", "xml"),
        ("LINLI_WEBHOOK_PRIVATE_NETWORKS", "192.168.1.0/24, office"),
        ("LINLI_WEBHOOK_PRIVATE_NETWORKS", "192.168.1.5/24"),
        ("LINLI_DISK_FLOOR_MB", "half"),
        ("LINLI_API_RATE", "²"),
        ("LINLI_API_RATE", "0"),
        ("LINLI_AUDIT_MAIL", "the secretary"),
        ("LINLI_API_RATE", "9" * 5_000),
        ("LINLI_PUBLIC_URL", "https://[::1"),
        ("LINLI_PUBLIC_URL", "https://linli.example.org:99999"),
        ("LINLI_PUBLIC_URL", "https://name:word@linli.example.org"),
        ("LINLI_PUBLIC_URL", "https://linli.example.org?x=1"),
        ("LINLI_ALLOWED_HOSTS", "linli.example.org:8000"),
        ("LINLI_ALLOWED_HOSTS", "linli.example.org linli.lan"),
        ("LINLI_TILE_URL", "tiles.example.org"),
        ("LINLI_TILE_URL", "https://tiles.example.org/"),
        ("LINLI_HOME", "~nobody-of-this-name/linli"),
        ("LINLI_BACKUP_FOLDER", "~nobody-of-this-name/linli"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingInvalid) as refused:
        read_environment()
    assert name in refused.value.args[0]
    assert name in refused.value.chinese


def test_a_value_left_blank_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("LINLI_ALLOWED_HOSTS", "")
    assert read_environment().allowed_hosts == ("*",)
