"""A key, a board, and both formats of one address side by side."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.http import HttpResponse
from django.test import Client

from linli.core.actor import system
from linli.matters import services
from linli.matters.models import Matter
from linli.matters.tests.stages import reported
from linli.people import services as people
from linli.territory.models import Community
from tests.cast import NOW, Cast

ROOT = "/open311/v2"
FORM = "application/x-www-form-urlencoded"
SPOT = {"lat": "32.0521", "long": "118.8011"}
# Elements around elements of one kind: these are the arrays of JSON.
LISTS = {"services", "service_requests", "errors", "attributes", "values", "endpoints", "formats"}


def key_for(cast: Cast, *, area: Any = None, days: int = 30) -> str:
    """Return an api_key for 府东社区, or for another community."""
    issued = people.issue_token(
        name="城市应用",
        scopes={"REPORT"},
        expires_at=NOW + timedelta(days=days),
        actor=system(name="test"),
        at=NOW,
        community_id=(area or cast.community).pk,
    )
    return issued.secret


@dataclass
class Server:
    """The addresses of one community, asked as a program would."""

    cast: Cast
    client: Client
    key: str = ""

    @property
    def here(self) -> dict[str, str]:
        return {"jurisdiction_id": self.cast.community.code}

    def get(self, path: str, **query: Any) -> HttpResponse:
        """Ask, with the jurisdiction; ``jurisdiction_id=None`` leaves it out."""
        given = {name: value for name, value in (self.here | query).items() if value is not None}
        return self.client.get(f"{ROOT}/{path}?{urlencode(given, doseq=True)}")

    def json(self, path: str, **query: Any) -> Any:
        """Return what the JSON of an address says; it has to be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content.decode()
        return json.loads(answer.content)

    def post(self, path: str = "requests.json", **form: Any) -> HttpResponse:
        """Send a request about a lamp at a point of the first grid; None leaves a field out."""
        given = {
            "api_key": self.key,
            "service_code": "LAMP",
            "description": "楼下路灯不亮",
            **self.here,
            **SPOT,
            **form,
        }
        headers = given.pop("headers", None)
        kept = {name: value for name, value in given.items() if value is not None}
        body = urlencode(kept, doseq=True)
        return self.client.post(f"{ROOT}/{path}", body, content_type=FORM, headers=headers)

    def posted(self, **form: Any) -> dict[str, Any]:
        """Send a request that is taken, and return what was answered."""
        answer = self.post(**form)
        assert answer.status_code == 200, answer.content.decode()
        (said,) = json.loads(answer.content)
        return dict(said)


def from_xml(content: bytes) -> Any:
    """Turn XML into what JSON would say, by the standard's own convention, all values as text."""
    return _plain(ElementTree.fromstring(content))


def _plain(element: ElementTree.Element) -> Any:
    if element.tag in LISTS:
        assert len({child.tag for child in element}) <= 1, "a list holds things of one kind"
        return [_plain(child) for child in element]
    if len(element):
        return {child.tag: _plain(child) for child in element}
    return element.text


def as_text(value: Any) -> Any:
    """Return JSON with every value as XML would write it."""
    if isinstance(value, list):
        return [as_text(one) for one in value]
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str) else json.dumps(value)


def open_board(cast: Cast) -> None:
    """Turn the public board of 府东社区 on."""
    Community.objects.filter(pk=cast.community.pk).update(public_board=True)


def published(cast: Cast, *, summary: str = "翠园3幢门口路灯已换", **changes: Any) -> Matter:
    """Report something and put it on the board."""
    open_board(cast)
    matter = reported(cast, **changes).matter
    actor = cast.actor(cast.zhou_min)
    services.publish(matter_id=matter.pk, actor=actor, at=NOW, summary=summary)
    return Matter.objects.get(pk=matter.pk)
