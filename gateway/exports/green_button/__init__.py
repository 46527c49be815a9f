"""Green Button: meters, their readings and bills as an Atom feed of ESPI resources (NAESB REQ.21, schema 4.0).

``model`` holds what a feed says as plain data, ``ledger`` makes it of our records, ``write`` writes it.
"""
