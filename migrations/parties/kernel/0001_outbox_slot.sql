-- Finds the row that a newer one of its slot replaces, however many wait while a receiver is away.
CREATE INDEX k_outbox_slot ON k_outbox (lane, slot) WHERE slot IS NOT NULL;
