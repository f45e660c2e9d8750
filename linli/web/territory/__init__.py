"""The register of places: tree and lists, map, imports, posters. /places/…"""

from django.urls import path

from linli.web.territory import editing, ending, importing, mapping, posters, register

urlpatterns = [
    path("places/", register.show_register, name="places"),
    path("places/export.xlsx", register.export_register, name="places_export"),
    path("places/checks/", register.show_checks, name="places_checks"),
    path("places/areas/add/", editing.add_area, name="places_area_add"),
    path("places/areas/<int:area_id>/edit/", editing.edit_area, name="places_area_edit"),
    path("places/areas/<int:area_id>/draw/", editing.draw_area, name="places_area_draw"),
    path("places/areas/<int:area_id>/end/", editing.end_area, name="places_area_end"),
    path("places/estates/add/", editing.add_estate, name="places_estate_add"),
    path("places/estates/<int:estate_id>/", register.show_estate, name="places_estate"),
    path("places/estates/<int:estate_id>/edit/", editing.edit_estate, name="places_estate_edit"),
    path("places/estates/<int:estate_id>/end/", ending.end_estate, name="places_estate_end"),
    path("places/buildings/add/", editing.add_building, name="places_building_add"),
    path("places/buildings/<int:building_id>/", register.show_building, name="places_building"),
    path(
        "places/buildings/<int:building_id>/edit/",
        editing.edit_building,
        name="places_building_edit",
    ),
    path(
        "places/buildings/<int:building_id>/end/", ending.end_building, name="places_building_end"
    ),
    path(
        "places/buildings/<int:building_id>/entrances/",
        editing.add_entrance,
        name="places_entrance_add",
    ),
    path("places/entrances/<int:entrance_id>/", editing.edit_entrance, name="places_entrance"),
    path("places/entrances/<int:entrance_id>/rooms/", editing.add_rooms, name="places_rooms"),
    path("places/spots/add/", editing.add_place, name="places_spot_add"),
    path("places/spots/<int:place_id>/", editing.edit_place, name="places_spot"),
    path("places/spots/<int:place_id>/end/", ending.end_place, name="places_spot_end"),
    path("places/map/", mapping.show_map, name="places_map"),
    path("places/map.json", mapping.map_json, name="places_map_json"),
    path("places/find/", mapping.find, name="places_find"),
    path("places/import/", importing.choose_file, name="places_import"),
    path("places/import/<uuid:token>/", importing.decide, name="places_import_decide"),
    path("places/template.xlsx", importing.template, name="places_template"),
    path("places/posters/", posters.show_posters, name="places_posters"),
    path("places/posters/print/", posters.print_posters, name="places_posters_print"),
    path("places/posters.pdf", posters.download_pdf, name="places_posters_pdf"),
    path("places/posters/<int:poster_id>/withdraw/", posters.withdraw, name="places_poster_end"),
    path("places/posters/<int:poster_id>/qr.png", posters.qr_code, name="places_poster_qr"),
]
