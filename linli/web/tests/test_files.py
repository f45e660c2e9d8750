"""Attachments are seen by those who may see their subject, and by nobody else."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.core import attachments
from linli.core.actor import NOBODY
from linli.core.models import Attachment
from linli.core.ref import Ref
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import State
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def photo(actor, *, size=(800, 600), name="路灯.jpg"):
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "JPEG")
    return attachments.store_photo(
        upload=SimpleUploadedFile(name, out.getvalue()), purpose="REPORT", actor=actor, at=NOW
    )


def of_matter(matter, actor=NOBODY):
    attachment = photo(actor)
    attachments.claim(
        tokens=[attachment.token], subject=Ref("matters.matter", matter.pk), actor=actor, at=NOW
    )
    return attachment


def get(browser, attachment, query="", **headers):
    return browser.get(f"/files/{attachment.token}/{query}", headers=headers)


def body(response):
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("who", ["xu", "zhou_min", "shen", "wang", "gu", "li"])
def test_photo_is_seen_by_those_who_see_the_matter(cast, signed_in, clock, who):
    attachment = of_matter(reported(cast).matter)
    response = get(signed_in(getattr(cast, who)), attachment)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Content-Disposition"].startswith("inline")
    assert body(response)[:2] == b"\xff\xd8"


@pytest.mark.parametrize("who", ["sun", "outsider", "outside_handler", "ma", "nobody_yet", "chen"])
def test_photo_does_not_exist_for_others(cast, signed_in, clock, who):
    attachment = of_matter(reported(cast).matter)
    assert get(signed_in(getattr(cast, who)), attachment).status_code == 404
    assert get(signed_in(getattr(cast, who)), attachment, "?w=320").status_code == 404
    assert get(Client(), attachment).status_code == 404


def test_handler_sees_it_once_it_has_the_order(cast, signed_in, clock):
    attachment = of_matter(stage_at(cast, State.DISPATCHED).matter)
    assert get(signed_in(cast.chen), attachment).status_code == 200


def test_photo_of_a_restricted_matter_is_for_those_in_charge(cast, signed_in, clock):
    attachment = of_matter(reported(cast, category_id=cast.referral.pk).matter)
    assert get(signed_in(cast.fang), attachment).status_code == 200
    assert get(signed_in(cast.zhou_min), attachment).status_code == 404


def test_pending_upload_is_its_uploaders_alone(cast, signed_in, clock):
    attachment = photo(cast.actor(cast.xu))
    assert get(signed_in(cast.xu), attachment).status_code == 200
    assert get(signed_in(cast.shen), attachment).status_code == 404
    assert get(Client(), attachment).status_code == 404


def test_pending_upload_of_somebody_without_an_account_is_their_browsers(cast, clock):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    browser = Client()
    browser.post(
        "/report/",
        {
            "photos": SimpleUploadedFile("a.jpg", out.getvalue()),
            "community": cast.community.pk,
        },
    )
    attachment = Attachment.objects.get()
    assert get(browser, attachment).status_code == 200
    assert get(Client(), attachment).status_code == 404


def test_browser_that_has_it_already_is_told_so_only_while_it_may_see_it(cast, signed_in, clock):
    matter = reported(cast).matter
    attachment = of_matter(matter)
    browser = signed_in(cast.xu)
    tag = get(browser, attachment).headers["ETag"]
    assert get(browser, attachment, if_none_match=tag).status_code == 304
    type(matter).objects.filter(pk=matter.pk).update(grid=cast.other_grid)
    assert get(browser, attachment, if_none_match=tag).status_code == 404


def test_small_picture_is_drawn_once(cast, signed_in, clock):
    attachment = of_matter(reported(cast).matter)
    browser = signed_in(cast.xu)
    for _ in range(2):
        response = get(browser, attachment, "?w=320")
        with Image.open(io.BytesIO(body(response))) as small:
            assert small.size == (320, 240)
    assert len(default_storage.listdir(f"thumbnails/{attachment.token.hex[:2]}")[1]) == 1


def test_paper_is_downloaded_and_never_shown(cast, signed_in, clock):
    attachment = attachments.store_file(
        upload=SimpleUploadedFile("收据.pdf", b"%PDF-1.7"),
        purpose="EVIDENCE",
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    browser = signed_in(cast.xu)
    response = get(browser, attachment)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert get(browser, attachment, "?w=320").status_code == 404


def test_what_is_gone_unknown_or_of_an_unknown_kind_is_not_there(cast, signed_in, clock):
    browser = signed_in(cast.shen)
    assert browser.get(f"/files/{uuid.uuid4()}/").status_code == 404
    attachment = of_matter(reported(cast).matter)
    default_storage.delete(attachment.file.name)
    assert get(browser, attachment).status_code == 404
    Attachment.objects.update(subject_kind="somewhere.else")
    assert get(browser, attachment).status_code == 404
    assert browser.post(f"/files/{attachment.token}/").status_code == 405
