-- A fact is one person's month at one operation, so that he is compared with those who do the same.

DROP INDEX kpi_fact_key;
ALTER TABLE kpi_fact ADD COLUMN operation {text(32)} NOT NULL DEFAULT '';
CREATE UNIQUE INDEX kpi_fact_key ON kpi_fact (kpi_code, kpi_version, spell_id, period, operation);

-- The event by which HR was told of a warning: its own, or that of the month in which it began.
ALTER TABLE finding ADD COLUMN card {text};
ALTER TABLE finding ADD COLUMN cards {int} NOT NULL DEFAULT 0; -- of its own, taken back ones too
UPDATE finding SET card = rule || '-' || kpi_code || '-' || CAST(spell_id AS text) || '-' || {month(period)}
WHERE level = 'warning';
UPDATE finding SET card = NULL
WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.event_key = finding.card);
UPDATE finding SET cards = 1 WHERE card IS NOT NULL;
UPDATE finding SET card = NULL WHERE state = 'retracted'; -- nobody was told that it is
CREATE INDEX finding_period ON finding (kpi_code, period);
CREATE INDEX finding_card ON finding (card);

ALTER TABLE evaluation ADD COLUMN not_compared {text} NOT NULL DEFAULT ''; -- people by reason: "no_peers 3,no_team 2"
