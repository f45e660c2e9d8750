"""What belongs to no single room: the cast, house tests, journeys and faults."""
