CREATE DATABASE mes CHARACTER SET utf8mb4;
CREATE TABLE mes.mes_work_order (
  order_no varchar(32) NOT NULL PRIMARY KEY, product varchar(80) NOT NULL, qty_ordered int NOT NULL, due_date date,
  updated_at datetime NOT NULL, KEY by_change (updated_at, order_no));
INSERT INTO mes.mes_work_order
  SELECT concat('WO-', lpad(seq, 8, '0')), concat('齿轮箱 ', seq % 97), 1 + seq % 500, date '2026-01-01' + interval seq % 300 day,
         utc_timestamp() - interval 1 day - interval seq % 5000 second + interval 8 hour
    FROM mes.seq_1_to_20000;
CREATE USER reader@localhost IDENTIFIED BY 'planted-secret-mes';
GRANT SELECT ON mes.* TO reader@localhost;
