"""Addresses under /residents/."""

from django.urls import path

from linli.web.roster import households, party, residents

urlpatterns = [
    path("residents/", residents.list_page, name="residents"),
    path("residents/<int:resident_id>/", residents.page, name="resident"),
    path("residents/<int:resident_id>/edit/", residents.edit, name="edit_resident"),
    path("residents/<int:resident_id>/move/", residents.move, name="move_resident"),
    path("residents/<int:resident_id>/depart/", residents.depart, name="depart_resident"),
    path(
        "residents/<int:resident_id>/open/<slug:field>/", residents.open_number, name="open_number"
    ),
    path("residents/households/", households.list_page, name="households"),
    path("residents/households/new/", households.create, name="create_household"),
    path("residents/households/<int:household_id>/", households.page, name="household"),
    path("residents/households/<int:household_id>/add/", residents.add, name="add_resident"),
    path("residents/households/<int:household_id>/end/", households.end, name="end_household"),
    path("residents/party/", party.tree_page, name="party"),
    path("residents/party/new/", party.add_unit, name="add_party_unit"),
    path("residents/party/<int:unit_id>/", party.unit_page, name="party_unit"),
    path("residents/party/<int:unit_id>/edit/", party.edit_unit, name="edit_party_unit"),
    path("residents/party/<int:unit_id>/end/", party.end_unit, name="end_party_unit"),
    path("residents/party/<int:unit_id>/add/", party.add_member, name="add_party_member"),
    path("residents/party/members/<int:member_id>/", party.member_page, name="party_member"),
    path(
        "residents/party/members/<int:member_id>/move/",
        party.move_member,
        name="move_party_member",
    ),
    path("residents/party/members/<int:member_id>/end/", party.end_member, name="end_party_member"),
]
