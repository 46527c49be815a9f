-- The factor by which a bill itself turns its gas volume into therms; it goes before any published one.

ALTER TABLE statement_meter ADD COLUMN therm_factor numeric;
