-- What an endpoint answered in its headers: some of them, short, without cookies and credentials; a JSON object.

ALTER TABLE attempt ADD COLUMN response_headers text NOT NULL DEFAULT '{}' CHECK (length(response_headers) <= 16384);
