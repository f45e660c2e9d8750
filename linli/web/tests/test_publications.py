"""What was published of a topic: every file has a checksum of its own, and the page shows it."""

import hashlib

import pytest
from django.urls import reverse

from linli.deliberation.models import Publication
from linli.deliberation.tests.scenes import talked_over
from linli.deliberation.tests.test_round import LATER, decided
from linli.flows import deliberating

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_each_file_has_the_checksum_that_the_page_shows(cast, client):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=cast.actor(cast.shen), at=LATER)
    published = Publication.objects.get(topic=topic)
    page = client.get(reverse("publication", args=[published.public_key])).content.decode()
    for form in ("json", "csv"):
        file = client.get(reverse("publication_file", args=[published.public_key, form]))
        digest = hashlib.sha256(b"".join(file) if file.streaming else file.content).hexdigest()
        assert f'{form.upper()} <span class="number">{digest}</span>' in page
    assert published.digest in page
