"""The subcommands as click knows them: their words and options. What they do stands in the rooms beside, loaded when they run."""
