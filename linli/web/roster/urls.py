"""Addresses under /residents/."""

from django.urls import path

from linli.web.roster import households, kinds, party, residents, talents, teams

urlpatterns = [
    path("residents/", residents.list_page, name="residents"),
    path("residents/<int:resident_id>/", residents.page, name="resident"),
    path("residents/<int:resident_id>/edit/", residents.edit, name="edit_resident"),
    path("residents/<int:resident_id>/move/", residents.move, name="move_resident"),
    path("residents/<int:resident_id>/merge/", residents.merge, name="merge_resident"),
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
    path("residents/teams/", teams.teams_page, name="teams"),
    path("residents/teams/<int:grid_id>/", teams.team_page, name="team"),
    path("residents/teams/members/<int:team_member_id>/end/", teams.leave_team, name="leave_team"),
    path("residents/patches/", teams.patches_page, name="patches"),
    path("residents/patches/<int:patch_id>/", teams.patch_page, name="patch"),
    path("residents/patches/<int:patch_id>/end/", teams.end_patch, name="end_patch"),
    path("residents/patches/claims/<int:claim_id>/end/", teams.release, name="release_patch"),
    path("residents/talents/", talents.list_page, name="talents"),
    path("residents/<int:resident_id>/talent/", talents.page, name="talent"),
    path("residents/<int:resident_id>/talent/withdraw/", talents.withdraw, name="withdraw_talent"),
    path("residents/kinds/", kinds.list_page, name="own_kinds"),
    path("residents/kinds/<int:kind_id>/", kinds.page, name="own_kind"),
    path("residents/kinds/<int:kind_id>/end/", kinds.end, name="end_kind"),
]
