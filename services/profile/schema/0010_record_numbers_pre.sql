-- The least number that a new record of the bill may have: above those under which readings that waited were shown, also once
-- none of them waits any more.

ALTER TABLE bill ADD COLUMN least_revision integer NOT NULL DEFAULT 0;
UPDATE bill SET least_revision = held.least_revision FROM held WHERE held.bill_id = bill.bill_id AND held.least_revision > 0;
