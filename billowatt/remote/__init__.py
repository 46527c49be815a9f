"""Commands that speak to a running Billowatt, here or elsewhere, as any partner would."""
