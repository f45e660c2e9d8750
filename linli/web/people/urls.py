"""Addresses under /people/."""

from django.urls import path

from linli.web.people import (
    accounts,
    calendar,
    community,
    duty,
    leave,
    organisations,
    undelivered,
    webhooks,
)

urlpatterns = [
    path("people/", accounts.list_page, name="people"),
    path("people/new/", accounts.create, name="create_account"),
    path("people/<int:account_id>/", accounts.page, name="account_page"),
    path("people/<int:account_id>/edit/", accounts.edit, name="edit_account"),
    path("people/<int:account_id>/roles/", accounts.give, name="give_role"),
    path("people/<int:account_id>/roles/<int:role_id>/end/", accounts.end, name="end_role"),
    path("people/<int:account_id>/reset/", accounts.reset, name="reset_account"),
    path("people/<int:account_id>/close/", accounts.close, name="close_account"),
    path("people/<int:account_id>/reopen/", accounts.reopen, name="reopen_account"),
    path("people/organisations/", organisations.list_page, name="organisations"),
    path("people/organisations/export/", organisations.export_list, name="export_organisations"),
    path("people/organisations/new/", organisations.create, name="create_organisation"),
    path(
        "people/organisations/<int:organisation_id>/",
        organisations.edit,
        name="edit_organisation",
    ),
    path(
        "people/organisations/<int:organisation_id>/end/",
        organisations.end,
        name="end_organisation",
    ),
    path("people/duty/", duty.week, name="duty"),
    path("people/duty/<int:duty_id>/end/", duty.end, name="end_duty"),
    path("people/leave/", leave.list_page, name="leave"),
    path("people/leave/<int:account_id>/", leave.arrange, name="arrange_leave"),
    path("people/leave/<int:handover_id>/end/", leave.end, name="end_leave"),
    path("people/calendar/", calendar.year, name="calendar"),
    path("people/community/", community.profile, name="community_profile"),
    path("people/webhooks/", webhooks.list_page, name="webhooks"),
    path("people/webhooks/add/", webhooks.add, name="add_webhook"),
    path("people/webhooks/<int:webhook_id>/", webhooks.page, name="webhook"),
    path("people/webhooks/<int:webhook_id>/test/", webhooks.test, name="test_webhook"),
    path("people/webhooks/<int:webhook_id>/pause/", webhooks.pause, name="pause_webhook"),
    path("people/webhooks/<int:webhook_id>/resume/", webhooks.resume, name="resume_webhook"),
    path("people/webhooks/<int:webhook_id>/renew/", webhooks.renew, name="renew_webhook"),
    path("people/webhooks/<int:webhook_id>/end/", webhooks.end, name="end_webhook"),
    path("people/undelivered/", undelivered.list_page, name="undelivered"),
    path("people/undelivered/revive/", undelivered.revive_all, name="undelivered_revive_all"),
    path(
        "people/undelivered/<slug:kind>/<int:letter_id>/revive/",
        undelivered.revive,
        name="undelivered_revive",
    ),
    path(
        "people/undelivered/<slug:kind>/<int:letter_id>/let-be/",
        undelivered.let_be,
        name="undelivered_let_be",
    ),
]
