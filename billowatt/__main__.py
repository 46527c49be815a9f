"""``python -m billowatt`` is the command."""

from billowatt.command import main

main()
