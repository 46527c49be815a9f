"""The console: pages for people, rendered here and made lively by small native modules; every page works without them too."""
