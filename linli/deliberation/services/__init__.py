"""Writes: what people do with forums, opinions, topics, meetings, votes and maps."""
