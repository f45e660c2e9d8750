"""Open311 GeoReport v2 under /open311/v2/: services, requests and tokens, in XML and in JSON.

Source: https://wiki.open311.org/GeoReport_v2 and https://wiki.open311.org/Service_Discovery; what
we decided where they leave a choice stands in docs/open311.md.
"""
