-- How a fixture mixes colours: with everything it has, or red, green and blue alone.
ALTER TABLE fixtures ADD COLUMN color_mixing TEXT NOT NULL DEFAULT 'matched' CHECK (color_mixing IN ('matched', 'plain'));
