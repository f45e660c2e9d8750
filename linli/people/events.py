"""What can happen to accounts, roles, organisations and residents. Facts hold keys, no names."""

ACCOUNT_CREATED = "people.account_created"
ACCOUNT_CHANGED = "people.account_changed"
ACCOUNT_CLOSED = "people.account_closed"
ACCOUNT_REOPENED = "people.account_reopened"
PREFERENCES_CHANGED = "people.preferences_changed"
PASSWORD_CHANGED = "people.password_changed"
PASSWORD_RESET = "people.password_reset"
SECOND_FACTOR_SET = "people.second_factor_set"
SECOND_FACTOR_REMOVED = "people.second_factor_removed"
SECOND_FACTOR_RESET = "people.second_factor_reset"
SIGNED_IN = "people.signed_in"
SIGN_IN_FAILED = "people.sign_in_failed"
LOCKED_OUT = "people.locked_out"
SIGNED_OUT = "people.signed_out"
SIGN_IN_LINK_MADE = "people.sign_in_link_made"
TOKEN_ISSUED = "people.token_issued"
TOKEN_REVOKED = "people.token_revoked"
ROLE_GIVEN = "people.role_given"
ROLE_ENDED = "people.role_ended"
HANDED_OVER = "people.handed_over"
HANDOVER_ENDED = "people.handover_ended"
DUTY_SET = "people.duty_set"
DUTY_ENDED = "people.duty_ended"
ORGANISATION_CREATED = "people.organisation_created"
ORGANISATION_CHANGED = "people.organisation_changed"
ORGANISATION_ENDED = "people.organisation_ended"
COMMUNITY_SET_UP = "people.community_set_up"
HOUSEHOLD_OPENED = "people.household_opened"
HOUSEHOLD_CHANGED = "people.household_changed"
HOUSEHOLD_ENDED = "people.household_ended"
HOUSEHOLD_DISPUTED = "people.household_disputed"
DISPUTE_DECIDED = "people.dispute_decided"
RESIDENT_ADDED = "people.resident_added"
RESIDENT_CHANGED = "people.resident_changed"
RESIDENT_MOVED = "people.resident_moved"
RESIDENT_DEPARTED = "people.resident_departed"
DEATH_TAKEN_BACK = "people.death_taken_back"
RESIDENTS_MERGED = "people.residents_merged"
NUMBER_OPENED = "people.number_opened"
ROSTER_POINTED_ANEW = "people.roster_pointed_anew"
ROSTER_FILE_RECEIVED = "people.roster_file_received"
ROSTER_COLUMNS_TOLD = "people.roster_columns_told"
ROSTER_IMPORT_DECIDED = "people.roster_import_decided"
ROSTER_IMPORT_DROPPED = "people.roster_import_dropped"
ROSTER_IMPORT_FAILED = "people.roster_import_failed"
ROSTER_IMPORTED = "people.roster_imported"
ROSTER_EXPORTED = "people.roster_exported"
NUMBER_TAKEN_OUT = "people.number_taken_out"
PARTY_UNIT_ADDED = "people.party_unit_added"
PARTY_UNIT_CHANGED = "people.party_unit_changed"
PARTY_UNIT_ENDED = "people.party_unit_ended"
PARTY_MEMBER_ADDED = "people.party_member_added"
PARTY_MEMBER_CHANGED = "people.party_member_changed"
PARTY_MEMBER_MOVED = "people.party_member_moved"
PARTY_MEMBER_ENDED = "people.party_member_ended"
KIND_ADDED = "people.kind_added"
KIND_CHANGED = "people.kind_changed"
KIND_ENDED = "people.kind_ended"
TEAM_JOINED = "people.team_joined"
TEAM_LEFT = "people.team_left"
PATCH_ADDED = "people.patch_added"
PATCH_RENAMED = "people.patch_renamed"
PATCH_ENDED = "people.patch_ended"
PATCH_CLAIMED = "people.patch_claimed"
PATCH_RELEASED = "people.patch_released"
TALENT_LISTED = "people.talent_listed"
TALENT_CHANGED = "people.talent_changed"
TALENT_WITHDRAWN = "people.talent_withdrawn"
TIE_HOLDER_NAMED = "people.tie_holder_named"
TIE_HOLDER_ENDED = "people.tie_holder_ended"
TIE_CAPACITY_SET = "people.tie_capacity_set"
TIE_MADE = "people.tie_made"
TIE_ENDED = "people.tie_ended"
TIE_HANDED_OVER = "people.tie_handed_over"
TIE_STAND_IN_ENDED = "people.tie_stand_in_ended"
TIES_ASSIGNED = "people.ties_assigned"
NEED_GROUP_ADDED = "people.need_group_added"
NEED_GROUP_ENDED = "people.need_group_ended"
NEED_GROUP_CHANGED = "people.need_group_changed"
NEED_RECORDED = "people.need_recorded"
NEED_CHANGED = "people.need_changed"
NEED_ENDED = "people.need_ended"
NEED_OPENED = "people.need_opened"
NEED_TAKEN_OUT = "people.need_taken_out"
NEED_LOOK_REFUSED = "people.need_look_refused"
ENTITLEMENT_ADDED = "people.entitlement_added"
ENTITLEMENT_ENDED = "people.entitlement_ended"
PAPER_ADDED = "people.paper_added"
PAPER_RENEWED = "people.paper_renewed"
PAPER_ENDED = "people.paper_ended"

ALL = (
    ACCOUNT_CREATED,
    ACCOUNT_CHANGED,
    ACCOUNT_CLOSED,
    ACCOUNT_REOPENED,
    PREFERENCES_CHANGED,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
    SECOND_FACTOR_SET,
    SECOND_FACTOR_REMOVED,
    SECOND_FACTOR_RESET,
    SIGNED_IN,
    SIGN_IN_FAILED,
    LOCKED_OUT,
    SIGNED_OUT,
    SIGN_IN_LINK_MADE,
    TOKEN_ISSUED,
    TOKEN_REVOKED,
    ROLE_GIVEN,
    ROLE_ENDED,
    HANDED_OVER,
    HANDOVER_ENDED,
    DUTY_SET,
    DUTY_ENDED,
    ORGANISATION_CREATED,
    ORGANISATION_CHANGED,
    ORGANISATION_ENDED,
    COMMUNITY_SET_UP,
    HOUSEHOLD_OPENED,
    HOUSEHOLD_CHANGED,
    HOUSEHOLD_ENDED,
    HOUSEHOLD_DISPUTED,
    DISPUTE_DECIDED,
    RESIDENT_ADDED,
    RESIDENT_CHANGED,
    RESIDENT_MOVED,
    RESIDENT_DEPARTED,
    DEATH_TAKEN_BACK,
    RESIDENTS_MERGED,
    NUMBER_OPENED,
    ROSTER_POINTED_ANEW,
    ROSTER_FILE_RECEIVED,
    ROSTER_COLUMNS_TOLD,
    ROSTER_IMPORT_DECIDED,
    ROSTER_IMPORT_DROPPED,
    ROSTER_IMPORT_FAILED,
    ROSTER_IMPORTED,
    ROSTER_EXPORTED,
    NUMBER_TAKEN_OUT,
    PARTY_UNIT_ADDED,
    PARTY_UNIT_CHANGED,
    PARTY_UNIT_ENDED,
    PARTY_MEMBER_ADDED,
    PARTY_MEMBER_CHANGED,
    PARTY_MEMBER_MOVED,
    PARTY_MEMBER_ENDED,
    KIND_ADDED,
    KIND_CHANGED,
    KIND_ENDED,
    TEAM_JOINED,
    TEAM_LEFT,
    PATCH_ADDED,
    PATCH_RENAMED,
    PATCH_ENDED,
    PATCH_CLAIMED,
    PATCH_RELEASED,
    TALENT_LISTED,
    TALENT_CHANGED,
    TALENT_WITHDRAWN,
    TIE_HOLDER_NAMED,
    TIE_HOLDER_ENDED,
    TIE_CAPACITY_SET,
    TIE_MADE,
    TIE_ENDED,
    TIE_HANDED_OVER,
    TIE_STAND_IN_ENDED,
    TIES_ASSIGNED,
    NEED_GROUP_ADDED,
    NEED_GROUP_ENDED,
    NEED_GROUP_CHANGED,
    NEED_RECORDED,
    NEED_CHANGED,
    NEED_ENDED,
    NEED_OPENED,
    NEED_TAKEN_OUT,
    NEED_LOOK_REFUSED,
    ENTITLEMENT_ADDED,
    ENTITLEMENT_ENDED,
    PAPER_ADDED,
    PAPER_RENEWED,
    PAPER_ENDED,
)
