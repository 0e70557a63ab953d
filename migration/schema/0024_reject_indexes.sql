-- Most refused rows wait for no single parent and have a key: indexes of those that do not cost each of them.

DROP INDEX reject_waiting;
DROP INDEX reject_part;
CREATE INDEX reject_part ON reject (mapping, part) WHERE part IS NOT NULL;
