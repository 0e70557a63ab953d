-- This program's clocks when the window was decided: they tell how far the source's clock must have come since.
ALTER TABLE checkpoint ADD COLUMN own_clock {text} NOT NULL DEFAULT '';
