"""Green Button: meters, their readings and bills as an Atom feed of ESPI resources (NAESB REQ.21, schema 4.0), and back.

``model`` holds what a feed says as plain data, ``write`` and ``read`` are its two directions, ``ledger`` makes it of our records.
"""
