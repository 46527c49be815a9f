"""Tables: bills, charges, usages, months and the load profile as rows, and rows as CSV, spreadsheet or JSON lines.

``rows`` makes them of our records, one writer a form; all take rows as they come and hold only a few.
"""
