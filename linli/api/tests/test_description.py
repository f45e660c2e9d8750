"""openapi.json is a promise: it changes when we mean it to.

``python -m linli.api.tests.test_description`` (with DJANGO_SETTINGS_MODULE=linli.config.settings)
writes the snapshot anew.
"""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

SNAPSHOT = Path(__file__).resolve().parents[1] / "openapi.json"
RENEW = "DJANGO_SETTINGS_MODULE=linli.config.settings python -m linli.api.tests.test_description"


def described() -> str:
    from linli.api.describing import document  # Models cannot be imported before Django is set up.

    with translation.override("en"):
        return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_the_description_is_the_one_we_promised():
    assert described() == SNAPSHOT.read_text("utf-8"), (
        f"The API changed. If it was meant, renew the snapshot with\n  {RENEW}\n"
        "and say in CHANGELOG.md what changed for those who call it."
    )


@pytest.mark.django_db
def test_anybody_may_read_it_in_either_language():
    for language, title in (("zh", "邻里开放接口"), ("en", "Linli API")):
        answer = Client().get("/api/v1/openapi.json", headers={"Accept-Language": language})
        body = answer.json()
        assert body["openapi"] == "3.1.0"
        assert body["info"]["title"] == title


@pytest.mark.django_db
def test_the_guide_shows_every_address_without_script():
    page = Client().get("/api/").content.decode()
    assert "上报事项" in page
    for path in json.loads(SNAPSHOT.read_text("utf-8"))["paths"]:
        assert path in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert not re.search(r"(?:src|href)=\"https?://", page)
    english = Client(headers={"Cookie": "linli_language=en"}).get("/api/").content.decode()
    assert "Report a matter" in english


if __name__ == "__main__":
    import django

    django.setup()
    SNAPSHOT.write_text(described(), "utf-8")
