"""What a phone loads the first time it opens a face, as it goes over the wire."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MOST_BYTES = 150_000
_REFERENCE = re.compile(r'(?:href|src)="/static/([^"#?]+)')


def weight_of(page: bytes) -> int:
    """Return the compressed bytes of a page and of every file it names."""
    names = set(_REFERENCE.findall(page.decode()))
    assert any(name.endswith(".css") for name in names)
    total = len(gzip.compress(page))
    for name in names:
        path = finders.find(name)
        assert isinstance(path, str), name
        total += len(gzip.compress(Path(path).read_bytes()))
    return total


@pytest.mark.parametrize(
    ("who", "address"),
    [
        *((None, "/"), (None, "/report/?community={community}")),
        *(("xu", "/field/"), ("xu", "/field/report/"), ("xu", "/residents/")),
    ],
)
def test_the_first_load_of_a_phone_face_is_light(who, address, cast, signed_in, client):
    browser = client if who is None else signed_in(getattr(cast, who))
    answer = browser.get(address.format(community=cast.community.pk), follow=True)
    assert answer.status_code == 200
    weight = weight_of(answer.content)
    assert weight <= MOST_BYTES, f"{address}: {weight:,} bytes"
