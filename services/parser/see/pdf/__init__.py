"""What a PDF file holds: its words, its shapes, its paint, and which of them to believe."""
