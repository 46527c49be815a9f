-- Ratings that EPA's ENERGY STAR gave properties, as their owners supplied them: dated, never computed here.

CREATE TABLE energy_star_rating (
    tenant_id uuid NOT NULL,
    property_id uuid NOT NULL,
    rated_on date NOT NULL,
    rating integer NOT NULL CHECK (rating BETWEEN 1 AND 100),
    PRIMARY KEY (property_id, rated_on),
    FOREIGN KEY (property_id) REFERENCES property ON DELETE CASCADE
);
SELECT runtime.protect('energy_star_rating');
