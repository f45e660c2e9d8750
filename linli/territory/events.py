"""What can happen in the territory."""

AREA_ADDED = "territory.area_added"
AREA_CHANGED = "territory.area_changed"
AREA_REDRAWN = "territory.area_redrawn"
AREA_ENDED = "territory.area_ended"
COMMUNITY_CHANGED = "territory.community_changed"
ESTATE_ADDED = "territory.estate_added"
ESTATE_CHANGED = "territory.estate_changed"
ESTATE_ENDED = "territory.estate_ended"
BUILDING_ADDED = "territory.building_added"
BUILDING_CHANGED = "territory.building_changed"
BUILDING_REGRIDDED = "territory.building_regridded"
BUILDING_ENDED = "territory.building_ended"
ENTRANCE_ADDED = "territory.entrance_added"
ENTRANCE_CHANGED = "territory.entrance_changed"
DWELLINGS_ADDED = "territory.dwellings_added"
PLACE_ADDED = "territory.place_added"
PLACE_CHANGED = "territory.place_changed"
PLACE_ENDED = "territory.place_ended"
POSTER_MADE = "territory.poster_made"
POSTER_WITHDRAWN = "territory.poster_withdrawn"
REGISTER_IMPORTED = "territory.register_imported"

ALL = (
    AREA_ADDED,
    AREA_CHANGED,
    AREA_REDRAWN,
    AREA_ENDED,
    COMMUNITY_CHANGED,
    ESTATE_ADDED,
    ESTATE_CHANGED,
    ESTATE_ENDED,
    BUILDING_ADDED,
    BUILDING_CHANGED,
    BUILDING_REGRIDDED,
    BUILDING_ENDED,
    ENTRANCE_ADDED,
    ENTRANCE_CHANGED,
    DWELLINGS_ADDED,
    PLACE_ADDED,
    PLACE_CHANGED,
    PLACE_ENDED,
    POSTER_MADE,
    POSTER_WITHDRAWN,
    REGISTER_IMPORTED,
)
