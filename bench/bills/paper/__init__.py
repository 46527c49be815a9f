"""The sheet to draw on, the press that knows bill and style, and the tables and headings that blocks share."""
