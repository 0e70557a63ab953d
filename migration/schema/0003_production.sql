-- What was made, by whom, and what was wrong with it. Names follow ISA-95 where it has them.

CREATE TABLE operation (
    id          {id},
    code        {text(32)} NOT NULL,
    name        {text(80)} NOT NULL,
    kind        {text(16)} NOT NULL,     -- production, inspection
    row_hash    {bytes} NOT NULL,
    batch_id    {ref} NOT NULL,
    known_from  {timestamp} NOT NULL,
    source_row  {int},
    source_time {int},
    source_map  {int}
);
CREATE UNIQUE INDEX operation_key ON operation (code);
CREATE INDEX operation_source ON operation (source_row) WHERE source_row <> 0;

CREATE TABLE cause_code (
    id           {id},
    code         {text(32)} NOT NULL,
    name         {text(80)} NOT NULL,
    class        {text(16)} NOT NULL,    -- man, machine, material, method, measure, environment
    controllable {text(16)} NOT NULL,    -- by the worker: yes, no, partly
    row_hash     {bytes} NOT NULL,
    batch_id     {ref} NOT NULL,
    known_from   {timestamp} NOT NULL,
    source_row   {int},
    source_time  {int},
    source_map   {int}
);
CREATE UNIQUE INDEX cause_code_key ON cause_code (code);
CREATE INDEX cause_code_source ON cause_code (source_row) WHERE source_row <> 0;

CREATE TABLE work_order (
    id           {id},
    order_no     {text(32)} NOT NULL,
    product      {text(80)} NOT NULL,
    qty_ordered  {int} NOT NULL,
    due_date     {date},
    row_hash     {bytes} NOT NULL,
    batch_id     {ref} NOT NULL,
    known_from   {timestamp} NOT NULL,
    source_row   {int},
    source_time  {int},
    source_map   {int}
);
CREATE UNIQUE INDEX work_order_key ON work_order (order_no);
CREATE INDEX work_order_source ON work_order (source_row) WHERE source_row <> 0;

CREATE TABLE production_fact (
    id            {id},
    fact_no       {text(48)} NOT NULL,
    spell_id      {ref} NOT NULL REFERENCES employment_spell (id),
    operation_id  {ref} NOT NULL REFERENCES operation (id),
    work_order_id {ref} REFERENCES work_order (id),
    work_date     {date} NOT NULL,
    started_at    {timestamp},
    ended_at      {timestamp},
    machine       {text(32)},
    material_lot  {text(32)},
    shift         {text(16)},
    qty_good      {int} NOT NULL,
    qty_scrap     {int} NOT NULL,
    qty_rework    {int} NOT NULL,
    qty_target    {int},
    row_hash      {bytes} NOT NULL,
    batch_id      {ref} NOT NULL,
    known_from    {timestamp} NOT NULL,
    source_row    {int},
    source_time   {int},
    source_map    {int}
);
CREATE UNIQUE INDEX production_fact_key ON production_fact (fact_no);
CREATE INDEX production_fact_source ON production_fact (source_row) WHERE source_row <> 0;
CREATE INDEX production_fact_spell ON production_fact (spell_id, work_date);

-- A defect belongs to the operation that made it (responsible_*), not to the inspector who found
-- it (finder_*). Without a responsible spell it is unattributed and accuses nobody.
CREATE TABLE defect (
    id                       {id},
    defect_no                {text(48)} NOT NULL,
    found_at                 {timestamp} NOT NULL,
    made_date                {date} NOT NULL,
    finder_spell_id          {ref} REFERENCES employment_spell (id),
    found_operation_id       {ref} REFERENCES operation (id),
    responsible_spell_id     {ref} REFERENCES employment_spell (id),
    responsible_operation_id {ref} REFERENCES operation (id),
    work_order_id            {ref} REFERENCES work_order (id),
    cause_code_id            {ref} REFERENCES cause_code (id),
    machine                  {text(32)},
    qty                      {int} NOT NULL,
    attribution              {text(16)} NOT NULL,  -- routing, recorded, none
    disposition              {text(16)} NOT NULL,  -- scrap, rework, mrb
    row_hash                 {bytes} NOT NULL,
    batch_id                 {ref} NOT NULL,
    known_from               {timestamp} NOT NULL,
    source_row               {int},
    source_time              {int},
    source_map               {int}
);
CREATE UNIQUE INDEX defect_key ON defect (defect_no);
CREATE INDEX defect_source ON defect (source_row) WHERE source_row <> 0;
CREATE INDEX defect_responsible ON defect (responsible_spell_id, made_date);
