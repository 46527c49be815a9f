"""A load profile that a user supplies instead of bills: checked, kept, made into months and hours, and when it gives way.

``supply`` holds the rules of what may be supplied; ``profile`` makes the twelve months of it; ``intervals`` lays the hours that
were supplied out over the year that is asked for; ``request`` is the wire; ``calls`` answers over gRPC; ``store`` keeps it.
"""
