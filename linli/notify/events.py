"""What can happen to how somebody is reached. Facts hold keys and codes, never an address."""

CHANNEL_ADDED = "notify.channel_added"
CHANNEL_CHANGED = "notify.channel_changed"
CHANNEL_REMOVED = "notify.channel_removed"
TOPIC_MUTED = "notify.topic_muted"
TOPIC_UNMUTED = "notify.topic_unmuted"

ALL = (
    CHANNEL_ADDED,
    CHANNEL_CHANGED,
    CHANNEL_REMOVED,
    TOPIC_MUTED,
    TOPIC_UNMUTED,
)
