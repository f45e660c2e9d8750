"""What the flows themselves can make happen. Facts hold keys and kinds of error."""

ROOT_SENT = "flows.root_sent"
REVIVED = "flows.revived"
LET_BE = "flows.let_be"

ALL = (ROOT_SENT, REVIVED, LET_BE)
