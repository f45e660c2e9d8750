"""What can happen to how somebody, or a program, is reached.

Facts hold keys and codes, never an address.
"""

CHANNEL_ADDED = "notify.channel_added"
CHANNEL_CHANGED = "notify.channel_changed"
CHANNEL_REMOVED = "notify.channel_removed"
TOPIC_MUTED = "notify.topic_muted"
TOPIC_UNMUTED = "notify.topic_unmuted"
WEBHOOK_ADDED = "notify.webhook_added"
WEBHOOK_PAUSED = "notify.webhook_paused"
WEBHOOK_RESUMED = "notify.webhook_resumed"
WEBHOOK_SECRET_RENEWED = "notify.webhook_secret_renewed"
WEBHOOK_ENDED = "notify.webhook_ended"

ALL = (
    CHANNEL_ADDED,
    CHANNEL_CHANGED,
    CHANNEL_REMOVED,
    TOPIC_MUTED,
    TOPIC_UNMUTED,
    WEBHOOK_ADDED,
    WEBHOOK_PAUSED,
    WEBHOOK_RESUMED,
    WEBHOOK_SECRET_RENEWED,
    WEBHOOK_ENDED,
)
