"""A caller that phones in as Retell does: signed bodies, at least once, in any order."""
