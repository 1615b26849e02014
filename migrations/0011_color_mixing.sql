-- How a fixture mixes colours: with every emitter it has, or with red, green and blue as they are.
ALTER TABLE fixtures ADD COLUMN color_mixing TEXT NOT NULL DEFAULT 'matched' CHECK (color_mixing IN ('matched', 'plain'));
