-- Measured performance and what the rules found in it. Facts keep numerator and denominator.

CREATE TABLE kpi_definition (
    id          {id},
    code        {text(32)} NOT NULL,
    version     {int} NOT NULL,
    name        {text(80)} NOT NULL,
    direction   {text(16)} NOT NULL,  -- lower_is_better, higher_is_better
    unit        {text(16)} NOT NULL,
    definition  {text} NOT NULL
);
CREATE UNIQUE INDEX kpi_definition_key ON kpi_definition (code, version);

CREATE TABLE kpi_fact (
    id            {id},
    kpi_code      {text(32)} NOT NULL,
    kpi_version   {int} NOT NULL,
    spell_id      {ref} NOT NULL REFERENCES employment_spell (id),
    period        {date} NOT NULL,    -- first day of the month
    peer_group    {text(96)} NOT NULL,
    numerator     {int} NOT NULL,
    denominator   {int} NOT NULL,
    lineage       {bytes} NOT NULL,   -- hash over the source rows' row hashes
    known_from    {timestamp} NOT NULL
);
CREATE UNIQUE INDEX kpi_fact_key ON kpi_fact (kpi_code, kpi_version, spell_id, period);
CREATE INDEX kpi_fact_period ON kpi_fact (kpi_code, period, peer_group);

CREATE TABLE finding (
    id            {id},
    rule          {text(16)} NOT NULL,  -- R1, R2
    rule_version  {int} NOT NULL,
    level         {text(16)} NOT NULL,  -- watch, warning
    kpi_code      {text(32)} NOT NULL,
    spell_id      {ref} NOT NULL REFERENCES employment_spell (id),
    period        {date} NOT NULL,      -- the newest month looked at
    state         {text(16)} NOT NULL,  -- raised, watching, retracted
    evidence      {text} NOT NULL,      -- JSON: every number the finding rests on
    inputs_hash   {bytes} NOT NULL,     -- of facts, peers and policy
    raised_at     {timestamp} NOT NULL,
    updated_at    {timestamp} NOT NULL
);
CREATE UNIQUE INDEX finding_key ON finding (rule, kpi_code, spell_id, period);

-- One evaluation of one rule over one month: how many people were looked at and how many
-- findings chance alone would give.
CREATE TABLE evaluation (
    id               {id},
    rule             {text(16)} NOT NULL,
    kpi_code         {text(32)} NOT NULL,
    period           {date} NOT NULL,
    people           {int} NOT NULL,
    too_few_data     {int} NOT NULL,
    warnings         {int} NOT NULL,
    watches          {int} NOT NULL,
    chance_warnings  {text} NOT NULL,   -- expected number, decimal text
    chance_watches   {text} NOT NULL,
    policy           {text} NOT NULL,   -- JSON of the policy used
    evaluated_at     {timestamp} NOT NULL
);
CREATE UNIQUE INDEX evaluation_key ON evaluation (rule, kpi_code, period);
