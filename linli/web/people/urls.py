"""Addresses under /people/."""

from django.urls import path

from linli.web.people import accounts, calendar, community, duty, leave, organisations

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
]
