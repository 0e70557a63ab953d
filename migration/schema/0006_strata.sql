-- A fact is one person's month at one operation, so that he is compared with those who do the same.

DROP INDEX kpi_fact_key;
ALTER TABLE kpi_fact ADD COLUMN operation {text(32)} NOT NULL DEFAULT '';
CREATE UNIQUE INDEX kpi_fact_key ON kpi_fact (kpi_code, kpi_version, spell_id, period, operation);

ALTER TABLE evaluation ADD COLUMN not_compared {text} NOT NULL DEFAULT ''; -- people by reason: "no_peers 3,no_team 2"
