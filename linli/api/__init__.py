"""What programs see: the REST API under /api/ and Open311 GeoReport v2 under /open311/v2/."""
