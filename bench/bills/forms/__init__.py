"""Forms: whole pages set line by line, as issuers lay them out; what they say is data in the families' files."""
