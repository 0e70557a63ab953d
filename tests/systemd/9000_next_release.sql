-- What a later release may bring; only the package that the system test upgrades to has it.

ALTER TABLE job ADD COLUMN next_release {text};
